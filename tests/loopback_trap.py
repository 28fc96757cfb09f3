"""Two servers on this machine: one that is named, and one that nothing may ever reach."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY, SENTENCE = "sk-very-secret-0123456789", "mein Geheimnis"
MESSAGES = [{"role": "user", "content": SENTENCE}]


class Trap:
    """What the named one answers is `respond`'s, given the handler of a request and this trap.

    Attributes:
        met: Path, headers (names in small letters) and body of every request to the named one.
        elsewhere: Who came to the other one.
        closed: Set once a client has hung up while it was answered.
    """

    def __init__(self, respond):
        self.met, self.elsewhere = [], []
        self.closed = threading.Event()
        trap = self

        class Named(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                trap.met.append((self.path, headers, body))
                try:
                    respond(self, trap)
                except OSError:
                    trap.closed.set()

            def log_message(self, *args):
                pass

        class Elsewhere(BaseHTTPRequestHandler):
            def handle(self):
                trap.elsewhere.append(self.client_address)

        self.servers = [ThreadingHTTPServer(("127.0.0.1", 0), kind) for kind in (Named, Elsewhere)]
        self.url, self.other = (f"http://127.0.0.1:{s.server_port}" for s in self.servers)

    def __enter__(self):
        for server in self.servers:
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *error):
        for server in self.servers:
            server.shutdown()
            server.server_close()


def answer(handler, status, body=b"", **headers):
    handler.send_response(status)
    for name, value in {"content_length": len(body), **headers}.items():
        handler.send_header(name.replace("_", "-"), str(value))
    handler.end_headers()
    handler.wfile.write(body)


def endless(handler, trap):
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b" " * 100_000)


def dripping(handler, trap):
    while not trap.closed.wait(0.05):
        handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def trickling(handler, trap):
    handler.send_response(200)
    handler.end_headers()
    while not trap.closed.wait(0.05):
        handler.wfile.write(b" ")


def completion(text, path="", asked="", **more):
    """A provider's answer to a request, in the protocol that its path and its body show."""
    if path.endswith("/messages"):  # Anthropic
        tree = {"id": "x", "type": "message", "role": "assistant", "stop_reason": "end_turn"}
        tree["content"] = [{"type": "text", "text": text}]
        tree["usage"] = {"input_tokens": 1, "output_tokens": 1}
    elif path.endswith(":generateContent"):  # Gemini
        content = {"role": "model", "parts": [{"text": text}]}
        tree = {"candidates": [{"index": 0, "content": content, "finishReason": "STOP"}]}
        tree["usageMetadata"] = {"promptTokenCount": 1, "candidatesTokenCount": 1}
        tree["usageMetadata"]["totalTokenCount"] = 2
    elif path.endswith("/v2/chat"):  # Cohere
        content = [{"type": "text", "text": text}]
        tree = {"id": "x", "finish_reason": "COMPLETE", "message": {"content": content}}
        tree["usage"] = {"tokens": {"input_tokens": 1, "output_tokens": 1}}
    elif path in ("/api/show", "/api/generate", "/api/chat"):  # Ollama
        said = {"role": "assistant", "content": text}
        tree = {"done": True, "done_reason": "stop", "response": text, "message": said}
    else:
        message, finish = {"role": "assistant", "content": text}, "stop"
        if '"json_tool_call"' in asked:
            call = {"name": "json_tool_call", "arguments": text}
            message = {"tool_calls": [{"id": "1", "type": "function", "function": call}]}
            message |= {"role": "assistant", "content": None}
            finish = "tool_calls"
        tree = {"choices": [{"index": 0, "finish_reason": finish, "message": message}]}
        tree |= {"id": "x", "object": "chat.completion", "created": 1, "service_tier": "default"}
        tree["usage"] = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return json.dumps({"model": "m", **tree, **more}).encode()
