"""What every test stands on.

``cliprt`` comes before torch and lightning: beside a CPU torch the usual torchvision needs it (see
``cliprt/_torchvision_cpu.py``), so any file can be run alone.  A process has one thread: two that
wait for each other by spinning, on cores that others share, cost ten times the work itself.  Ctrl-C
is heard by what tests start, also where they run in the background.
"""

from __future__ import annotations

import os
import signal

import pytest

import cliprt  # noqa: F401

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell has it for what runs behind it
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def no_recipe_is_allowed_yet(tmp_path_factory):
    """What the person who runs the tests has allowed recipes to do counts for none of ours."""
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path_factory.mktemp("config"))
