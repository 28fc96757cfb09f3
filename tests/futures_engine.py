"""The engine that docs/extending.md writes: any executor of `concurrent.futures`."""

from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from uuid import uuid4

from cliprt.engines.interface import Engine

made = {}


def work(name, start, job, args):
    if name not in made:
        made.clear()
        made[name] = start()
    return job(made[name], *args)


class FuturesEngine(Engine):
    spreads = True  # as the workers of MPI or Dask do; these do not

    def __init__(self, workers: int = 0):
        self.workers = workers

    def map(self, start, job, arguments):
        name = uuid4().hex
        with ProcessPoolExecutor(self.workers or None, get_context("spawn")) as pool:
            jobs = [pool.submit(work, name, start, job, args) for args in arguments]
            try:
                for done in as_completed(jobs):
                    yield done.result()
            finally:
                pool.shutdown(cancel_futures=True)
