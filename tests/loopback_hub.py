"""A small Hub on this machine: repositories in memory, as much of the API as push and pull need.

It keeps what is sent to it, counts what is asked, and can be told to misbehave.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import starmap
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "hf_loopback"
LARGE = (".safetensors", ".tar", ".parquet", ".mp4")
PAGE = 40
"""Entries of a list that one answer has."""


def blob_of(content: bytes) -> str:
    """The name that git has for a content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@dataclass
class HubRepo:
    """A repository: its files at each commit, the newest last."""

    private: bool
    commits: list[tuple[str, dict[str, bytes]]] = field(default_factory=list)

    def commit(self, files: dict[str, bytes]) -> str:
        """Add a commit that has these files."""
        text = json.dumps([len(self.commits), sorted((n, blob_of(c)) for n, c in files.items())])
        self.commits.append((hashlib.sha1(text.encode()).hexdigest(), files))
        return self.commits[-1][0]

    def at(self, revision: str) -> tuple[str, dict[str, bytes]] | None:
        """Commit and files at a revision."""
        if revision == "main":
            return self.commits[-1]
        return next((one for one in self.commits if one[0] == revision), None)


class LoopbackHub(ThreadingHTTPServer):
    """Repositories by type and name.

    Attributes:
        asked: Method and path of every request.
        uploaded: Names (SHA-256) of the contents that were sent as large files.
        listed: Entries that lists have besides; a stranger's.
        served: Name of a file -> what is sent in the place of its content.
        cut: Names of files whose first answer breaks off in the middle.
        broken: Paths (regular expressions) that fail, with their status.
        stalled: Names of files that are not sent before `go_on`.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repos: dict[tuple[str, str], HubRepo] = {}
        self.asked: list[str] = []
        self.uploaded: dict[str, bytes] = {}
        self.listed: list[dict[str, Any]] = []
        self.served: dict[str, bytes] = {}
        self.cut: set[str] = set()
        self.broken: dict[str, int] = {}
        self.stalled: set[str] = set()
        self.go_on = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever left in the middle is no error of ours."""

    def add(self, repo_type: str, name: str, files: dict[str, bytes], private: bool = True) -> str:
        """A repository with these files; its commit."""
        self.repos[repo_type, name] = HubRepo(private)
        return self.repos[repo_type, name].commit(files)

    def files(self, repo_type: str, name: str) -> dict[str, bytes]:
        """What a repository has now."""
        return self.repos[repo_type, name].commits[-1][1]


@contextmanager
def serving() -> Iterator[LoopbackHub]:
    """A Hub for the block."""
    hub = LoopbackHub()
    thread = threading.Thread(target=hub.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: LoopbackHub
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else every answer waits 40 ms

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def _answer(self) -> None:
        split = urlsplit(self.path)
        path = unquote(split.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append(f"{self.command} {path}")
        for pattern, status in self.server.broken.items():
            if re.search(pattern, f"{self.command} {path}"):
                return self._json({"error": "it is broken on purpose"}, status)
        for pattern, does in _ROUTES:
            if found := re.fullmatch(pattern, path):
                return does(self, found, body, parse_qs(split.query))
        return self._json({"error": f"no {path}"}, 404)

    @property
    def _is_known(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def _json(self, value: Any, status: int = 200, **headers: str) -> None:
        self._send(
            json.dumps(value).encode(), status, {"Content-Type": "application/json"}, headers
        )

    def _send(self, content: bytes, status: int, *headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {k: v for one in headers for k, v in one.items()}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _repo(self, repo_type: str, name: str) -> HubRepo | None:
        repo = self.server.repos.get((repo_type, name))
        if repo and (self._is_known or not repo.private):
            return repo
        self._json({"error": "Repository not found"}, 401, X_Error_Code="RepoNotFound")
        return None

    def _whoami(self, *_: Any) -> None:
        if not self._is_known:
            return self._json({"error": "Invalid user token."}, 401)
        return self._json({"type": "user", "name": "anna", "orgs": [], "auth": {}})

    def _info(self, found: re.Match[str], *_: Any) -> None:
        if repo := self._repo(found["type"], found["name"]):
            at = repo.at(found["revision"] or "main")
            if at is None:
                return self._json({"error": "no"}, 404, X_Error_Code="RevisionNotFound")
            return self._json({"id": found["name"], "sha": at[0], "private": repo.private})
        return None

    def _create(self, _: Any, body: bytes, *__: Any) -> None:
        if not self._is_known:
            return self._json({"error": "Invalid user token."}, 401)
        asked = json.loads(body)
        owner = asked.get("organization") or "anna"
        if owner != "anna":
            return self._json({"error": f"You may not create under {owner}."}, 403)
        private = asked.get("visibility") == "private" or bool(asked.get("private"))
        name, kind = f"{owner}/{asked['name']}", asked.get("type", "model")
        self.server.add(kind, name, {".gitattributes": b""}, private)
        return self._json({"url": f"{self.server.address}/{name}", "name": name})

    def _validate(self, _: Any, body: bytes, *__: Any) -> None:
        content = json.loads(body)["content"]
        errors = [] if content.startswith("---\n") else [{"message": "no front matter"}]
        self._json({"errors": errors, "warnings": []}, 400 if errors else 200)

    def _preupload(self, found: re.Match[str], body: bytes, *_: Any) -> None:
        repo = self._repo(found["type"], found["name"])
        if repo is None:
            return
        there = repo.commits[-1][1]
        files = []
        for file in json.loads(body)["files"]:
            name = file["path"]
            mode = "lfs" if name.endswith(LARGE) else "regular"
            one = {"path": name, "uploadMode": mode, "shouldIgnore": False}
            if name in there:
                sha256 = hashlib.sha256(there[name]).hexdigest()
                one["oid"] = sha256 if mode == "lfs" else blob_of(there[name])
            files.append(one)
        self._json({"files": files})

    def _batch(self, _: Any, body: bytes, *__: Any) -> None:
        objects = []
        for one in json.loads(body)["objects"]:
            href = f"{self.server.address}/upload/{one['oid']}"
            is_new = one["oid"] not in self.server.uploaded
            objects.append({**one, "actions": {"upload": {"href": href}}} if is_new else one)
        self._json({"transfer": "basic", "objects": objects})

    def _upload(self, found: re.Match[str], body: bytes, *_: Any) -> None:
        is_right = hashlib.sha256(body).hexdigest() == found["oid"]
        if is_right:
            self.server.uploaded[found["oid"]] = body
        self._send(b"", 200 if is_right else 400)

    def _commit(self, found: re.Match[str], body: bytes, *_: Any) -> None:
        repo = self._repo(found["type"], found["name"])
        if repo is None:
            return
        files = dict(repo.commits[-1][1])
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.server.uploaded[value["oid"]]
            elif line["key"] == "deletedFile":
                del files[value["path"]]
        commit = repo.commit(files)
        address = f"{self.server.address}/{found['name']}/commit/{commit}"
        self._json({"success": True, "commitOid": commit, "commitUrl": address, "hookOutput": ""})

    def _tree(self, found: re.Match[str], _: bytes, query: dict[str, list[str]]) -> None:
        repo = self._repo(found["type"], found["name"])
        if repo is None:
            return
        at = repo.at(found["revision"])
        entries = [*starmap(_entry, at[1].items()), *self.server.listed]
        first = int(query.get("cursor", ["0"])[0])
        more = {}
        if first + PAGE < len(entries):
            address = f"{self.server.address}{self.path.partition('?')[0]}?cursor={first + PAGE}"
            more["Link"] = f'<{address}&recursive=true>; rel="next"'
        self._json(entries[first : first + PAGE], 200, **more)

    def _resolve(self, found: re.Match[str], *_: Any) -> None:
        kind = "dataset" if found["type"] else "model"
        repo = self._repo(kind, found["name"])
        if repo is None:
            return
        at = repo.at(found["revision"])
        name = found["path"]
        if at is None or name not in at[1]:
            return self._json({"error": "no"}, 404, X_Error_Code="EntryNotFound")
        content = self.server.served.get(name, at[1][name])
        is_large = name.endswith(LARGE)
        etag = hashlib.sha256(content).hexdigest() if is_large else blob_of(content)
        headers = {"X-Repo-Commit": at[0], "ETag": f'"{etag}"', "Accept-Ranges": "bytes"}
        if is_large:
            headers |= {"X-Linked-Etag": f'"{etag}"', "X-Linked-Size": str(len(content))}
        first = int((self.headers.get("Range") or "bytes=0-")[6:].split("-")[0])
        if first:
            headers["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
        if self.command == "GET" and name in self.server.stalled:
            self.server.go_on.wait(60)
        if self.command == "GET" and name in self.server.cut:
            self.server.cut.discard(name)
            return self._break_off(content, headers)
        return self._send(content[first:], 206 if first else 200, headers)

    def _break_off(self, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(200)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[: len(content) // 2])
        self.wfile.flush()
        self.close_connection = True


def _entry(name: str, content: bytes) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": "file", "path": name, "size": len(content)}
    entry["oid"] = blob_of(content)
    if name.endswith(LARGE):
        sha256 = hashlib.sha256(content).hexdigest()
        entry["lfs"] = {"oid": sha256, "size": len(content), "pointerSize": 130}
    return entry


_API = r"/api/(?P<type>model|dataset)s/(?P<name>[\w.-]+/[\w.-]+)"
_ROUTES = (
    ("/api/whoami-v2", _Handler._whoami),
    ("/api/repos/create", _Handler._create),
    ("/api/validate-yaml", _Handler._validate),
    (rf"{_API}(/revision/(?P<revision>.+))?", _Handler._info),
    (rf"{_API}/preupload/(?P<revision>.+)", _Handler._preupload),
    (rf"{_API}/commit/(?P<revision>.+)", _Handler._commit),
    (rf"{_API}/tree/(?P<revision>[^/]+)(/.*)?", _Handler._tree),
    (r"/(datasets/)?[\w.-]+/[\w.-]+\.git/info/lfs/objects/batch", _Handler._batch),
    (r"/upload/(?P<oid>[0-9a-f]+)", _Handler._upload),
    (
        r"/(?P<type>datasets/)?(?P<name>[\w.-]+/[\w.-]+)/resolve/(?P<revision>[^/]+)/(?P<path>.+)",
        _Handler._resolve,
    ),
)
