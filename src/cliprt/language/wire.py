"""One question to a language model, by litellm: sent to one server, and to no other.

litellm speaks each provider's protocol, over the client that it is given here.  No redirect is
followed, no cookie kept, no proxy and no ``.netrc`` looked at; an answer is read up to a limit, and
the connection closed when the time is over, whatever still comes.  The key is put in on the way
out: the library has but a word that stands for it.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

import httpx

MAX_BYTES = 1_000_000
"""Of an answer; a longer one is cut off."""

KEY = "the-key-is-put-in-by-cliprt"
"""Stands for the key wherever litellm has one."""

_OPTIONAL = ("response_format", "max_tokens", "temperature")  # some models do not take them
_TIMEOUTS = httpx.Timeout(60.0).as_dict()  # for threads that nobody waits for any more
_CERTIFICATES = httpx.create_ssl_context()  # once, as that takes a while


def ask(request: Mapping[str, Any], key: str, seconds: float) -> Exchange | None:
    """What came of one question; None where nothing came in time.

    Args:
        request: As litellm takes it; its ``api_base`` is the only server.
        key: Its key; "" = none.
        seconds: For everything.
    """
    exchange = Exchange(request["api_base"], key)
    # In a thread of its own, as looking up a name heeds no timeout.
    thread = threading.Thread(target=exchange.run, args=(request,), daemon=True)
    thread.start()
    thread.join(max(0.0, seconds))
    is_late = thread.is_alive()
    exchange.close()
    return None if is_late else exchange


def load_litellm() -> Any:
    """litellm, which has no other way out than :meth:`Exchange.send`."""
    # Without these, importing it asks a server for today's prices, and takes variables from
    # whatever .env lies in this folder.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    os.environ.setdefault("LITELLM_MODE", "PRODUCTION")
    import litellm
    from litellm.llms.custom_httpx.http_handler import HTTPHandler

    if litellm.client_session is not _CLIENT:
        for name in ("LiteLLM", "openai", "httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        litellm.suppress_debug_info = True
        litellm.telemetry = False
        litellm.sync_transport = _TRANSPORT
        litellm.module_level_client = HTTPHandler()
        litellm.in_memory_llm_clients_cache.flush_cache()
        litellm.client_session = _CLIENT
    return litellm


class Exchange:
    """One question and what came of it.

    Args:
        address: Of the only server.
        key: Sent in place of `KEY`; "" = none is.

    Attributes:
        status: Of HTTP; 0 = the server cannot be reached.
        said: Where there is no answer, the server's own words, or what went wrong.
        tree: The answer as OpenAI writes it, and its ``cost`` [US dollars]; or None.
    """

    def __init__(self, address: str, key: str) -> None:
        self.status, self.said = 0, ""
        self.tree: dict[str, Any] | None = None
        self._address, self._key, self._body = address, key, b""
        self._connection: Any = None
        self._is_over = threading.Event()

    def run(self, request: Mapping[str, Any]) -> None:
        """Ask, without what the model turns out not to take."""
        _current.set(self)
        try:  # its own retries and its client's would take a multiple of the time
            response = load_litellm().completion(
                **request, api_key=KEY, num_retries=0, max_retries=0, drop_params=True
            )
            cost = response._hidden_params.get("response_cost")
            self.tree = {**response.model_dump(warnings=False), "cost": cost}
        except Exception as error:  # its type does not tell what happened; the status does
            self.said = self._body.decode(errors="replace") or str(error)
            for name in _OPTIONAL if self.status in (400, 422) else ():
                if name in request and re.search(name.replace("_", "."), self.said):
                    return self.run({k: v for k, v in request.items() if k != name})

    def send(self, request: httpx.Request) -> httpx.Response:
        """What the server answers, without anything that leads elsewhere.

        Raises:
            httpx.TransportError: It is another server, or too late, or nothing whole came back.
        """
        if request.url.join("/") != httpx.URL(self._address).join("/") or self._is_over.is_set():
            raise httpx.ConnectError(f"nothing is sent to {request.url.host}")
        allowed = httpx.Request(
            request.method,
            str(request.url).replace(KEY, self._key),
            headers=[
                (name, value.replace(KEY, self._key))
                for name, value in request.headers.multi_items()
                if (self._key or KEY not in value) and name not in ("accept-encoding", "cookie")
            ],
            stream=request.stream,
            extensions={"timeout": _TIMEOUTS, "trace": self._watch},
        )
        with httpx.HTTPTransport(_CERTIFICATES, trust_env=False) as transport:
            answer = transport.handle_request(allowed)
            self.status, self._body = answer.status_code, b""
            for part in answer.iter_raw():
                self._body += part[: MAX_BYTES - len(self._body)]
                if len(self._body) == MAX_BYTES:
                    break
        return httpx.Response(self.status, content=self._body)

    def _watch(self, event: str, info: Mapping[str, Any]) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._connection = info["return_value"]
            if self._is_over.is_set():
                raise httpx.ConnectError("the time is over")

    def close(self) -> None:
        """Hang up, from any thread; from now on nothing is sent."""
        self._is_over.set()
        with suppress(OSError):
            if self._connection:
                self._connection.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


_current: ContextVar[Exchange] = ContextVar("exchange")
_NOBODYS = Exchange("http://nobody.invalid", "")  # refuses what litellm sends besides
_TRANSPORT = httpx.MockTransport(lambda request: _current.get(_NOBODYS).send(request))
_CLIENT = httpx.Client(transport=_TRANSPORT, trust_env=False)
