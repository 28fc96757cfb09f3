"""A vision model's server on this machine that speaks the OpenAI protocol, and can misbehave."""

from __future__ import annotations

import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class LoopbackModel:
    """Answers every chat completion with the next of some texts; the last one for ever.

    Args:
        *answers: Texts; a number is an HTTP error's status; None is an answer without choices.
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
                model.requests.append(json.loads(self.rfile.read(size)))
                time.sleep(delay_s)
                status, body = model.respond(finish)
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request, address):
                """A client that gave up waiting is no news."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    def respond(self, finish):
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, int):
            return answer, b'{"error": {"message": "no"}}'
        message = {"role": "assistant", "content": answer}
        choice = {"index": 0, "finish_reason": finish, "message": message}
        body = {
            "id": "x",
            "object": "chat.completion",
            "created": 1,
            "model": "fake",
            "choices": [] if answer is None else [choice],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        }
        return 200, json.dumps(body).encode()

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.server.shutdown()
        self.server.server_close()
