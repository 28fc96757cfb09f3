"""A language model: one question, one answer, one deadline.

What is sent goes to the named host and nowhere else (:mod:`cliprt.language.wire`), and a key is in
no text that is kept.
"""

from __future__ import annotations

import base64
import io
import ipaddress
import logging
import os
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cliprt.errors import MissingExtraError, UsageError, did_you_mean

if TYPE_CHECKING:
    import numpy as np

PROVIDERS = {
    "anthropic": ("https://api.anthropic.com", "ANTHROPIC_API_KEY"),
    "cerebras": ("https://api.cerebras.ai/v1", "CEREBRAS_API_KEY"),
    "cohere": ("https://api.cohere.com/v2/chat", "COHERE_API_KEY"),
    "deepseek": ("https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
    "fireworks_ai": ("https://api.fireworks.ai/inference/v1", "FIREWORKS_AI_API_KEY"),
    "gemini": ("https://generativelanguage.googleapis.com/v1beta", "GEMINI_API_KEY"),
    "groq": ("https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    "mistral": ("https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
    "ollama": ("http://localhost:11434", ""),
    "ollama_chat": ("http://localhost:11434", ""),
    "openai": ("https://api.openai.com/v1", "OPENAI_API_KEY"),
    "openrouter": ("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    "together_ai": ("https://api.together.xyz/v1", "TOGETHERAI_API_KEY"),
    "xai": ("https://api.x.ai/v1", "XAI_API_KEY"),
}
"""What stands before the "/" of a model's name -> (address, variable with its key)."""

_OWN = ("custom_openai", "hosted_vllm", "litellm_proxy", "lm_studio", "openai_like")
"""The same for a server of one's own, which knows nothing of it."""

MAX_ANSWER = 4000
"""Characters of an answer that are looked at; a longer one is none."""

Messages = Sequence[Mapping[str, Any]]

_ADDRESS = re.compile(
    r"https?://([\w.-]+|\[[\da-f:]+\])(:[1-9]\d{0,4})?(/[^?#@\s]*)?", re.IGNORECASE
)
_log = logging.getLogger(__name__)
_RETRIED = (0, 200, 408, 429)
_ENDED = ("stop", "tool_calls")  # the latter where litellm has the schema kept by a tool
_SAID = {
    0: "it cannot be reached",
    200: "it is no language model, or broke off",
    300: "it sends the question elsewhere, which is not followed",
    400: "it does not accept the question",
    401: "it refuses the key",
    403: "it refuses the key",
    404: "there is no such model",
    422: "it does not accept the question",
    408: "it did not answer in time",
    429: "it is asked too often",
}


class Unanswered(Exception):  # noqa: N818 - says what happened, never leaves the package
    """No answer came, or none that can be used.

    Args:
        reason: For people.
        may_retry: Whether asking once more may help.
    """

    def __init__(self, reason: str, may_retry: bool = False) -> None:
        self.may_retry = may_retry
        super().__init__(reason)


@dataclass(frozen=True)
class Answer:
    """What a model said.

    Attributes:
        text: Word for word.
        model: Who says it is speaking, which may be more exact than who was asked.
        cost_usd: What it cost [US dollars]; None where nobody knows.
    """

    text: str
    model: str = ""
    cost_usd: float | None = None


class Provider:
    """A model that can be asked.

    A server of one's own is never sent the key of another provider, only that of the named
    variable.

    Args:
        model: ``provider/model``, of one of `PROVIDERS`; of one's own server, as it is called
            there.
        api_base: Address of one's own server; "" = the provider's.
        api_key_variable: Environment variable with the key; "" = the provider's own.

    Attributes:
        model: As it was named.
        url: Of the server that is asked.

    Raises:
        MissingExtraError: litellm is not installed.
        UsageError: No model, no such provider, no such address, or no key in the named variable.
    """

    def __init__(self, model: str, api_base: str = "", api_key_variable: str = "") -> None:
        if not model:
            raise UsageError("no model is named. Give one, e.g. model: ollama/qwen3.")
        address, own_variable = find_address(model, api_base)
        if find_spec("litellm") is None:
            raise MissingExtraError(
                f"asking {model} needs litellm. Install it: pip install 'cliprt[llm]'"
            )
        if api_key_variable and not os.environ.get(api_key_variable):
            raise UsageError(
                f"the environment variable {api_key_variable} is empty, which holds the key for"
                f" {model}. Set it: export {api_key_variable}=..."
            )
        self.model, self.url = model, address
        self._variable = api_key_variable or own_variable
        self._key = os.environ.get(self._variable, "").strip()
        prefix, _, name = model.partition("/")
        known = model if prefix in PROVIDERS else f"openai/{name if prefix in _OWN else model}"
        self._request: dict[str, Any] = {"model": known, "api_base": address, "temperature": 0}
        # Importing it takes seconds, which would be missing from the first answer.
        threading.Thread(target=self.load, daemon=True).start()

    def load(self) -> None:
        """Wait until it can be asked without delay, as litellm imports much only in use."""
        from cliprt.language.wire import load_litellm

        load_litellm().completion("openai/none", [{"role": "user"}], mock_response="ready")

    def ask(
        self,
        messages: Messages,
        seconds: float,
        max_tokens: int,
        schema: Mapping[str, Any] | None = None,
    ) -> Answer:
        """The model's answer.

        Args:
            messages: The conversation so far, as OpenAI writes it.
            seconds: After this time there is none.
            max_tokens: Longest answer.
            schema: JSON schema that the server is asked to keep; check the answer all the same.

        Raises:
            Unanswered: None came in time, or none that is whole.
        """
        if self._variable and not self._key:
            raise Unanswered(f"there is no key for it in {self._variable}")
        request = {**self._request, "messages": list(messages), "max_tokens": max_tokens}
        if schema:
            wanted = {"name": "reading", "strict": True, "schema": dict(schema)}
            request["response_format"] = {"type": "json_schema", "json_schema": wanted}
        from cliprt.language import wire

        response = wire.ask(request, self._key, seconds)
        if response is None:
            raise Unanswered(_SAID[408], may_retry=True)
        if response.tree is None:
            status = 300 if 300 <= response.status < 400 else response.status
            reason = _SAID.get(status, f"it failed (status {status})")
            _log.warning("%s: %s: %.300r", self.model, reason, self._clean(response.said))
            raise Unanswered(reason, may_retry=status in _RETRIED or status >= 500)
        text, cost = self._clean(_text_of(response.tree)), response.tree.get("cost")
        name = self._clean(str(response.tree.get("model") or ""))[:100]
        return Answer(text, name, cost if isinstance(cost, float) and 0 < cost < 1000 else None)

    def _clean(self, text: str) -> str:
        """What a server said as it may be kept: without the key, and without half characters."""
        whole = text.encode(errors="replace").decode()
        return whole.replace(self._key, "(the key)") if self._key else whole


def find_address(model: str, api_base: str) -> tuple[str, str]:
    """(address of a model's server, variable with the key that belongs there).

    Args:
        model: As :class:`Provider` takes it.
        api_base: One's own server, to which no provider's key belongs; "" = the provider's.

    Raises:
        UsageError: There is no such provider, or no server can have that address.
    """
    prefix = model.partition("/")[0]
    if not api_base:
        if "/" in model and prefix in PROVIDERS:
            return PROVIDERS[prefix]
        raise UsageError(
            f"no provider of language models is called {prefix!r:.60}."
            f"{did_you_mean(prefix, PROVIDERS)} Allowed: {', '.join(PROVIDERS)}, as in"
            " ollama/qwen3; or api_base, the address of any server that speaks OpenAI's protocol."
        )
    if not _ADDRESS.fullmatch(api_base):
        raise UsageError(
            f"api_base is {api_base!r:.80}. Allowed: a server's address without password or query,"
            " e.g. http://localhost:11434"
        )
    return api_base, ""


def is_local(address: str) -> bool:
    """Whether an address is this machine's own."""
    try:
        host = urlsplit(address if "//" in address else f"//{address}").hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _text_of(tree: Mapping[str, Any]) -> str:
    """What the model said, in a response of OpenAI's form.

    Raises:
        Unanswered: Nothing, or nothing whole.
    """
    choices = tree.get("choices") or [{}]
    message, finish = choices[0].get("message") or {}, choices[0].get("finish_reason")
    special = message.get("provider_specific_fields") or {}
    if special.get("refusal") or message.get("refusal") or finish == "content_filter":
        raise Unanswered("it refuses to answer")
    content = message.get("content")
    if not content and (message.get("tool_calls") or message.get("function_call")):
        raise Unanswered("it calls a tool, which it was not given, in place of an answer")
    if not isinstance(content, str) or not content.strip():
        raise Unanswered("its answer is empty", may_retry=True)
    if finish not in _ENDED or len(content) > MAX_ANSWER:
        raise Unanswered("its answer is not whole", may_retry=True)
    return content


def to_data_url(image: np.ndarray, longest_px: int) -> str:
    """An image, uint8 (h, w, 3), as a JPEG in a ``data:`` URL, made smaller where it is larger."""
    from PIL import Image

    picture = Image.fromarray(image)
    picture.thumbnail((longest_px, longest_px))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=90)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
