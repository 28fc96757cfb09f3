"""Jobs on a Ray cluster: who may be reached, and what becomes of those that die.

Ray is in no default environment: what needs it is skipped there, and slow.
"""

import hashlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from convert_samples import SET, write_moving
from ray_driver import JOBS

from cliprt.cli.main import main
from cliprt.engines import cluster
from cliprt.engines.cluster import check_address, has_token
from cliprt.errors import MissingExtraError, UsageError
from cliprt.registry import load
from cliprt.testing import check_engine

DRIVER = str(Path(__file__).with_name("ray_driver.py"))


@pytest.fixture(autouse=True)
def no_token(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("address", ["127.0.0.1:6379", "localhost:6379", "[::1]:6379"])
def test_this_machine_needs_no_token(address):
    check_address(address)


@pytest.mark.parametrize("address", ["10.0.0.5:6379", "head:6379", "[fe80::1]:6379", "0.0.0.0:1"])
def test_another_machine_is_refused_without_a_token(address, monkeypatch, tmp_path):
    def refused():
        with pytest.raises(UsageError, match="is not joined without a token"):
            check_address(address)

    refused()
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    refused()
    monkeypatch.setenv("RAY_AUTH_TOKEN", " ")
    refused()
    monkeypatch.setenv("RAY_AUTH_TOKEN", "secret")
    check_address(address)
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    refused()


def test_a_token_may_lie_in_a_file(monkeypatch, tmp_path):
    assert not has_token()
    (tmp_path / ".ray").mkdir()
    (tmp_path / ".ray" / "auth_token").write_text("secret")
    assert has_token()
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(tmp_path / "another"))
    assert not has_token()
    (tmp_path / "another").write_text("secret")
    assert has_token()


@pytest.mark.parametrize(
    "address",
    ["auto", "local", "ray://head:10001", "10.0.0.5", "a b:1", "h:0", "h:99999", "h:1/x", "-:x"],
)
def test_what_is_no_address_is_told(address, monkeypatch):
    monkeypatch.setenv("RAY_AUTH_TOKEN", "secret")
    with pytest.raises(UsageError, match=r"is none of a Ray cluster\. Allowed: host:port"):
        check_address(address)


def test_ray_is_asked_for_where_it_is_missing(monkeypatch):
    monkeypatch.setattr("cliprt.engines.ray.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'cliprt\[ray\]'"):
        load("engine", "ray")()


@pytest.fixture
def ray_here():
    if not find_spec("ray"):
        pytest.skip("ray is not installed")
    if not Path("/proc").is_dir():
        pytest.skip("looks at processes through /proc")


@pytest.fixture
def place():
    """A folder with a short name, which sockets need; Ray has its own files there."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="r") as folder:
        (Path(folder) / "run").mkdir()
        yield Path(folder)


def drive(place, mode="work", before=()):
    """The program of `ray_driver`, whose processes can be told by `place`."""
    path = os.pathsep.join(entry for entry in sys.path if entry)
    return subprocess.Popen(
        [*before, sys.executable, DRIVER, mode, str(place / "run")],
        env={**os.environ, "TMPDIR": str(place), "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def results(process):
    said, errors = process.communicate(timeout=300)
    return process.returncode, said.split("\n")[:-1], errors


def processes_of(place):
    """Those of a cluster whose files are at a place."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if f"{place}/cliprt-ray" in (path / "cmdline").read_text(errors="replace"):
                found.append(int(path.name))
        except OSError:
            continue
    return found


def wait_for(condition):
    end = time.monotonic() + 120
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    assert condition()


def tried(place):
    """Number -> the processes that tried it."""
    files = (place / "run").glob("*.tried")
    return {int(file.stem): list(map(int, file.read_text().split()[::2])) for file in files}


def check_written(place):
    """Every job has left what it leaves when nothing is killed, and nothing beside."""
    for number in range(JOBS):
        content = hashlib.sha256(str(number).encode()).digest() * 1000
        assert (place / "run" / f"{number}.out").read_bytes() == content
    assert not list((place / "run").glob(".seen*"))


@pytest.mark.slow
def test_ray_conforms_and_listens_on_loopback_only(ray_here, tmp_path, place, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    try:
        check_engine(load("engine", "ray")(workers=2))
        found = listeners(os.environ["RAY_AUTH_TOKEN"])
        assert len(found) > 3
        assert not [address for address in found if "127.0.0.1" not in address]
        assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
    finally:
        cluster.leave()
    assert not processes_of(place)


def listeners(secret):
    """Addresses that processes with a secret in their environment listen at."""
    said = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, check=True).stdout
    found = []
    for line in said.splitlines():
        for pid in re.findall(r"pid=(\d+)", line):
            if secret in Path(f"/proc/{pid}/environ").read_text(errors="replace"):
                found.append(line.split()[3])
    return found


@pytest.mark.slow
def test_a_workers_job_is_done_again_where_it_died(ray_here, place):
    driver = drive(place)
    wait_for(lambda: tried(place) or driver.poll() is not None)
    number, (worker,) = next(iter(tried(place).items()))
    os.kill(worker, signal.SIGKILL)
    code, said, errors = results(driver)
    assert (code, sorted(map(int, said))) == (0, list(range(JOBS))), errors
    assert len(tried(place)[number]) == 2
    assert {len(tries) for other, tries in tried(place).items() if other != number} == {1}
    check_written(place)


@pytest.mark.slow
def test_what_a_job_says_is_told_and_nothing_is_done_again_because_of_it(ray_here, place):
    code, said, errors = results(drive(place, "fail"))
    assert (code, said) == (2, ["said by a job"]), errors
    assert max(len(tries) for tries in tried(place).values()) == 1


@pytest.mark.slow
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_everything_ends_with_the_driver_and_is_gone_on_with(ray_here, place, sent, code):
    driver = drive(place)
    wait_for(lambda: len(tried(place)) > 2 or driver.poll() is not None)
    if sent == signal.SIGINT:  # a terminal sends it to everyone
        os.killpg(driver.pid, sent)
    else:
        driver.send_signal(sent)
    found, said, errors = results(driver)
    assert found == code, errors
    assert len(said) < JOBS
    wait_for(lambda: not processes_of(place))
    before = tried(place)
    found, said, errors = results(drive(place))
    assert (found, sorted(map(int, said))) == (0, list(range(JOBS))), errors
    assert all(tried(place)[n] == before[n] for n in map(int, said[: len(said) - JOBS]))
    check_written(place)


def network(*commands):
    """What begins a command line in a network of its own, which has loopback only."""
    steps = "; ".join(["ip link set lo up", *commands, 'exec "$@"'])
    alone = ["unshare", "-n", "sh", "-c", steps, "sh"]
    if subprocess.run([*alone, "true"], capture_output=True).returncode:
        pytest.skip("may make no network")
    return alone


@pytest.mark.slow
def test_jobs_of_a_node_that_died_are_done_by_the_other(ray_here, place):
    """Two nodes in a network of their own, which has loopback only."""
    code, said, errors = results(drive(place, "node", network()))
    assert (code, sorted(map(int, said))) == (0, list(range(JOBS))), errors
    assert sorted(map(len, tried(place).values()))[-2:] == [1, 2]
    check_written(place)


@pytest.mark.slow
def test_a_hundred_shards_are_the_same_bytes_also_where_a_node_dies(
    ray_here, place, monkeypatch, capsys
):
    source = write_moving(place / "in", shards=100, episodes=1, steps=4)
    monkeypatch.setattr(tempfile, "tempdir", str(place))

    def convert(name, *more):
        words = ["data", "convert", str(source), "--set", SET, "--to", str(place / name)]
        assert main([*words, "--rule", "observed", "--format", "json", *more]) == 0
        return {
            path.relative_to(place / name): path.read_bytes()
            for path in (place / name).rglob("*.tar*")
        }

    expected = convert("local", "workers=2")
    assert len(expected) >= 200
    try:
        assert convert("ray", "workers=2", "engine=ray") == expected
    finally:
        cluster.leave()
    code, said, errors = results(drive(place, "convert", network()))
    assert (code, said[-1]) == (0, "0"), errors
    (done,) = (int(line) for line in said[:-1] if line.isdigit())
    assert done < 100  # when a node of two died
    assert {path: (place / "run" / path).read_bytes() for path in expected} == expected
    assert not list((place / "run").rglob("*.new"))


TOKEN = """
import os, sys
os.environ |= {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_AUTH_MODE": "token"}
os.environ["RAY_AUTH_TOKEN"] = "a" * 40
import ray
ray.init(
    address="local", num_cpus=1, include_dashboard=False, object_store_memory=80 * 2**20,
    logging_level="ERROR", log_to_driver=False, _temp_dir=sys.argv[1],
)
print(ray.get_runtime_context().gcs_address, flush=True)
sys.stdin.read()
"""
FAR = """
import os, subprocess, sys
os.environ["RAY_AUTH_MODE"] = "disabled"
import ray
ray.init(
    address="local", num_cpus=1, include_dashboard=False, object_store_memory=80 * 2**20,
    logging_level="ERROR", log_to_driver=False, _node_ip_address="10.1.2.3", _temp_dir=sys.argv[1],
)
port = ray.get_runtime_context().gcs_address.partition(":")[2]
del os.environ["RAY_AUTH_MODE"]
for host in ("10.1.2.3", "127.0.0.1"):
    subprocess.run([sys.executable, "-c", sys.argv[2], f"{host}:{port}"])
"""
JOIN = """
import sys
from cliprt.errors import UsageError
from cliprt.registry import load
from cliprt.testing import check_engine
try:
    print(list(load("engine", "ray")(sys.argv[1]).map(str, str.__add__, [("joined",)])))
except UsageError as error:
    print(error)
"""


@pytest.mark.slow
def test_another_token_is_one_readable_error(ray_here, place):
    path = os.pathsep.join(entry for entry in sys.path if entry)
    environment = {**os.environ, "PYTHONPATH": path, "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
    there = subprocess.Popen(
        [sys.executable, "-c", TOKEN, str(place)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        address = there.stdout.readline().strip()

        def join(**more):
            told = subprocess.run(
                [sys.executable, "-c", JOIN, address],
                env={**environment, **more},
                capture_output=True,
                text=True,
            )
            assert "Traceback" not in told.stderr, told.stderr
            return told.stdout.strip()

        wrong = f"the Ray cluster at {address} has another token than this machine. Give all"
        assert join().startswith(wrong)
        assert join(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN="b" * 40).startswith(wrong)
        assert join(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN="a" * 40) == "['joined']"
        there.communicate("")
        assert join().startswith(f"no Ray cluster answers at {address} (")
    finally:
        there.kill()
        there.wait()


@pytest.mark.slow
def test_a_cluster_that_others_reach_is_not_joined_without_a_token(ray_here, place):
    """Not by its own address, nor by that of this machine."""
    path = os.pathsep.join(entry for entry in sys.path if entry)
    told = subprocess.run(
        [
            *network("ip addr add 10.1.2.3/32 dev lo"),
            *(sys.executable, "-c", FAR, str(place), JOIN),
        ],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert len(lines := told.stdout.splitlines()) == 2, told.stderr
    assert re.match(r"the Ray cluster at 10\.1\.2\.3:\d+ is not joined without a token", lines[0])
    assert lines[1].startswith("the Ray cluster reaches beyond this machine (10.1.2.3) without a")
