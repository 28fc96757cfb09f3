"""A model's server on this machine that speaks the OpenAI protocol, and can misbehave."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Fault:
    """An answer that is none.

    Attributes:
        status: Of HTTP.
        body: Sent as it is.
        delay_s: How long it thinks before.
        closes: Close the connection without a word.
        finish: ``finish_reason``, where the body is a text to wrap.
        text: What the model says; None to send `body`.
        refusal: Said instead of a text.
    """

    status: int = 200
    body: bytes = b""
    delay_s: float = 0.0
    closes: bool = False
    finish: str = "stop"
    text: str | None = None
    refusal: str | None = None


class LoopbackModel:
    """Answers every chat completion with the next of some answers; the last one for ever.

    Args:
        *answers: Texts; a number is an HTTP error's status; None is an answer without choices; a
            `Fault` is what it says; a function makes one of these from the request.
        delay_s: How long it thinks.
        finish: ``finish_reason`` of its answers.
    """

    key_variable = "LOOPBACK_MODEL_KEY"

    def __init__(self, *answers, delay_s=0.0, finish="stop"):
        self.answers = list(answers)
        self.requests = []
        os.environ[self.key_variable] = "none"
        model = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                size = int(self.headers["content-length"])
                request = json.loads(self.rfile.read(size))
                model.requests.append(request)
                fault = model.respond(request, finish)
                time.sleep(delay_s + fault.delay_s)
                if fault.closes:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(fault.status)
                kind = "text/html" if fault.body.startswith(b"<") else "application/json"
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(fault.body)))
                self.end_headers()
                self.wfile.write(fault.body)

            def log_message(self, *args):
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request, address):
                """A client that gave up waiting is no news."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    def respond(self, request, finish):
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, int):
            return Fault(answer, b'{"error": {"message": "no"}}')
        if answer is None or isinstance(answer, str):
            answer = Fault(text=answer, finish=finish, body=b"" if answer else b"empty")
        if answer.body and answer.body != b"empty":
            return answer
        message = {"role": "assistant", "content": answer.text, "refusal": answer.refusal}
        choice = {"index": 0, "finish_reason": answer.finish, "message": message}
        body = {
            "id": "x",
            "object": "chat.completion",
            "created": 1,
            "model": "fake",
            "choices": [] if answer.body == b"empty" else [choice],
            "usage": {
                "prompt_tokens": 1,
                "completion_tokens": 1,
                "total_tokens": 2,
                "cost": 0.0001,
            },
        }
        return Fault(body=json.dumps(body).encode(), delay_s=answer.delay_s, closes=answer.closes)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *error):
        self.server.shutdown()
        self.server.server_close()
