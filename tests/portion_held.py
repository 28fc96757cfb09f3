"""``cliprt`` that stands still once it has taught its share, for a test that kills it in time."""

import sys
import time

from cliprt.cli.main import main
from cliprt.stages import collect

teach = collect._teach


def teach_and_wait(*args):
    teach(*args)
    time.sleep(600)


if __name__ == "__main__":
    collect._teach = teach_and_wait
    sys.exit(main(sys.argv[1:]))
