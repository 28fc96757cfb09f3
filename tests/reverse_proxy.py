"""A real nginx on loopback, with the block that the documentation shows."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

GUIDE = Path(__file__).resolve().parents[1] / "docs" / "tutorials" / "teach.md"
CONFIG = """
daemon off; master_process off; pid nginx.pid; error_log stderr error;
events {{}}
http {{
access_log off;
client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
uwsgi_temp_path uwsgi; scgi_temp_path scgi;
{block}
}}
"""
CERTIFICATE = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"


def free_port() -> int:
    """One that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


def documented_block() -> str:
    """nginx's, as in the tutorial."""
    return re.findall(r"```nginx\n(.+?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)[0]


class Nginx:
    """A proxy at a port that passes a path on to a server.

    Args:
        folder: For its files.
        port: Where browsers come to.
        path: With both slashes.
        server: ``"127.0.0.1:8080"``.
        is_secure: By TLS, with a certificate of our own.
    """

    def __init__(self, folder: Path, port: int, path: str, server: str, is_secure: bool) -> None:
        nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        if nginx is None:
            pytest.skip("no nginx. Install one: apt install nginx-light")
        folder.mkdir()
        block = documented_block()
        for theirs, ours in (
            ("127.0.0.1:8080", server),
            ("location /arm/", f"location {path}"),
            ("listen 443 ssl", f"listen 127.0.0.1:{port}{' ssl' if is_secure else ''}"),
            ("robots.example.org;", "localhost;"),
            ("/etc/ssl/robots.example.org", str(folder / "tls")),
        ):
            assert theirs in block
            block = block.replace(theirs, ours)
        if is_secure:
            where = f"-keyout {folder}/tls.key -out {folder}/tls.pem"
            subprocess.run(
                ["openssl", *f"{CERTIFICATE} {where}".split()], check=True, capture_output=True
            )
        else:
            block = re.sub(r"ssl_certificate.*;", "", block)
        (folder / "nginx.conf").write_text(CONFIG.format(block=block))
        self.process = subprocess.Popen([nginx, "-p", str(folder), "-c", "nginx.conf"])
        self._wait(port)

    def _wait(self, port: int) -> None:
        for _ in range(600):
            assert self.process.poll() is None, "nginx does not like its configuration"
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("nginx does not listen")

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait()
