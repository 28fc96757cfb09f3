"""The real ur-rtde client in a process of its own, which may hang, crash and be killed.

As a module: what a test holds.  As a script: the process, which does what it is told line by line.
"""

import json
import select
import subprocess
import sys
import time


class SilentClientError(Exception):
    """It did not answer in time."""


class DeadClientError(Exception):
    """Its process has ended."""


class Client:
    """ur-rtde against one host; a context manager that kills it at the end."""

    def __init__(self, host):
        self.host = host
        self.process = subprocess.Popen(
            [sys.executable, __file__, host],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def begin(self, part, name, *arguments):
        """Call something without waiting for its answer."""
        print(json.dumps([part, name, arguments]), file=self.process.stdin, flush=True)

    def answer(self, timeout_s=60.0):
        """What the oldest call returned."""
        if not select.select([self.process.stdout], [], [], timeout_s)[0]:
            raise SilentClientError(f"no answer for {timeout_s} s")
        line = self.process.stdout.readline()
        if not line:
            raise DeadClientError(f"ended with {self.process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["value"]

    def __call__(self, part, name, *arguments, timeout_s=60.0):
        """Call a function of a part, which are the cases of `_connect`."""
        self.begin(part, name, *arguments)
        return self.answer(timeout_s)

    def open(self, *parts, timeout_s=60.0):
        """Connect parts, in this order."""
        for part in parts:
            self(part, "open", timeout_s=timeout_s)
        return self

    def wait(self, what, is_so, timeout_s=60.0):
        """Call something until its answer is as wanted; the answer."""
        deadline_s = time.monotonic() + timeout_s
        while not is_so(answer := self(*what)):
            assert time.monotonic() < deadline_s, f"{what} still says {answer}"
            time.sleep(0.01)
        return answer


def _connect(part, host):
    if part == "control":
        from rtde_control import RTDEControlInterface

        return RTDEControlInterface(host, 500.0)
    if part == "upper control":
        from rtde_control import RTDEControlInterface as Control

        return Control(host, 125.0, Control.FLAG_UPLOAD_SCRIPT | Control.FLAG_UPPER_RANGE_REGISTERS)
    if part == "receive":
        from rtde_receive import RTDEReceiveInterface

        return RTDEReceiveInterface(host, 125.0)
    if part == "io":
        from rtde_io import RTDEIOInterface

        return RTDEIOInterface(host)
    from dashboard_client import DashboardClient

    dashboard = DashboardClient(host)
    dashboard.connect()
    return dashboard


def _serve(host, lines, say):
    parts = {}
    for line in lines:
        part, name, arguments = json.loads(line)
        try:
            if name == "open":
                parts[part] = _connect(part, host)
                value = True
            elif name == "isAsyncOperationRunning":
                value = parts[part].getAsyncOperationProgressEx().isAsyncOperationRunning()
            else:
                value = getattr(parts[part], name)(*arguments)
            say({"value": value})
        except Exception as error:  # whatever it is, the test wants to see it
            say({"error": str(error)})


if __name__ == "__main__":
    import os

    # The client prints to standard output; answers go where it does not.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    _serve(
        sys.argv[1], sys.stdin, lambda answer: print(json.dumps(answer), file=answers, flush=True)
    )
    os._exit(0)
