"""Jobs on a Ray cluster: who may be reached, and what becomes of those that die.

Ray is in no default environment: what needs it is skipped there.
"""

from pathlib import Path

import pytest

from cliprt.engines.cluster import check_address, has_token
from cliprt.errors import MissingExtraError, UsageError
from cliprt.registry import load

HERE = Path(__file__).parent


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
