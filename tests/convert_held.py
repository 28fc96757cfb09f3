"""``cliprt data convert`` whose shards wait for as long as a file of their name is in a folder.

For tests that interrupt it, which are in time however slow the machine is:
python convert_held.py FOLDER the words behind `cliprt data convert`
"""

import sys
import time
from functools import partial
from pathlib import Path

from cliprt.cli.main import main
from cliprt.stages import convert
from cliprt.stages.convert_shard import convert_shard


def wait_and_convert(folder, converter, number, source, shard):
    while (folder / shard.path.name).exists():
        time.sleep(0.01)
    return convert_shard(converter, number, source, shard)


if __name__ == "__main__":
    convert.convert_shard = partial(wait_and_convert, Path(sys.argv[1]))
    sys.exit(main(["data", "convert", *sys.argv[2:]]))
