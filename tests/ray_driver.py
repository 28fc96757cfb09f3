"""A program whose jobs run on Ray, for tests that kill parts of it: see `main`."""

import hashlib
import os
import sys
import time
from functools import partial
from pathlib import Path
from threading import Thread

from convert_samples import SET

from cliprt.cli.main import main as cli
from cliprt.errors import UsageError
from cliprt.registry import load
from cliprt.stages.shared import map_shared

JOBS = 12


def start():
    """Who works, and the node that it belongs to: the process that started it."""
    return os.getpid(), os.getppid()


def write(worker, folder, number, wait_s):
    """Note who tries, take a while, and leave a file, beside first."""
    with (folder / f"{number}.tried").open("a") as file:
        file.write("{} {}\n".format(*worker))
    time.sleep(wait_s)
    beside = folder / f"{number}.{worker[0]}.new"
    beside.write_bytes(hashlib.sha256(str(number).encode()).digest() * 1000)
    beside.replace(folder / f"{number}.out")
    return number


def fail(worker, folder, number, wait_s):
    write(worker, folder, number, wait_s)
    raise UsageError("said by a job")


def work(folder, address="", job=write, wait_s=0.5):
    """Yield the number of each job that is done, those from before included."""
    done = {int(path.stem) for path in folder.glob("*.out")}
    yield from done
    jobs = [(folder, number, wait_s) for number in range(JOBS) if number not in done]
    engine = load("engine", "ray")(address=address, workers=2)
    yield from map_shared(engine, folder, start, job, jobs)


def lose_a_node(folder):
    """Two nodes, of which one dies while jobs run on both."""
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": 80 * 2**20}
    cluster = Cluster(initialize_head=True, head_node_args=node)
    second = cluster.add_node(**node)
    numbers = work(folder, cluster.address)
    done = [next(numbers)]
    (raylet,) = (one.process.pid for one in second.all_processes["raylet"])
    while not works_for(raylet, folder):
        time.sleep(0.02)
    cluster.remove_node(second, allow_graceful=False)
    return [*done, *numbers]


def convert(folder):
    """A conversion on two nodes, of which one dies in the middle; prints how many were done."""
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": 80 * 2**20}
    cluster = Cluster(initialize_head=True, head_node_args=node)
    second = cluster.add_node(**node)

    def lose():
        while (done := len(list(folder.rglob("*.tar.json")))) < 10:
            time.sleep(0.01)
        cluster.remove_node(second, allow_graceful=False)
        print(done, flush=True)

    loss = Thread(target=lose)
    loss.start()
    engine = f"engine={{name: ray, address: '{cluster.address}'}}"
    words = ["data", "convert", str(folder.parent / "in"), "--set", SET, "--rule", "observed"]
    code = cli([*words, "--to", str(folder), engine, "--format", "text"])
    loss.join()
    yield code


def works_for(node, folder):
    """Whether a worker of a node is at a job just now."""
    tried = {file.stem: file.read_text().split()[1::2] for file in folder.glob("*.tried")}
    running = [number for number in tried if not (folder / f"{number}.out").exists()]
    return any(str(node) in tried[number] for number in running)


def main(mode, folder):
    """Print the numbers of the jobs as they are done; 130 after Ctrl-C."""
    modes = {
        "work": work,
        "fail": partial(work, job=fail),
        "node": lose_a_node,
        "convert": convert,
    }
    try:
        for number in modes[mode](Path(folder)):
            print(number, flush=True)
    except KeyboardInterrupt:
        return 130
    except UsageError as error:
        print(error, flush=True)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
