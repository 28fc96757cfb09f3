"""The wire to a language model: one question, one answer, one deadline.

litellm reaches the models; its retries, its cache and its error types are not relied on.  Every
call runs in a thread of its own and is left behind when the time is over, whatever the library or
the server does.
"""

from __future__ import annotations

import base64
import io
import logging
import os
import queue
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from cliprt.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    import numpy as np

MAX_ANSWER = 4000
"""Characters of an answer that are looked at; a longer one is none."""

Messages = Sequence[Mapping[str, Any]]

_log = logging.getLogger(__name__)
_RETRIED = (408, 429)
_SAID = {
    400: "it does not accept the question",
    401: "it refuses the key",
    403: "it refuses the key",
    404: "there is no such model",
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
        model: As litellm names it.
        api_base: Address of one's own server; "" = the provider's.
        api_key_variable: Environment variable with the key; "" = the one that litellm knows.

    Raises:
        MissingExtraError: litellm is not installed.
        UsageError: No model, or no key in the named variable.
    """

    def __init__(self, model: str, api_base: str = "", api_key_variable: str = "") -> None:
        if not model:
            raise UsageError("no model is named. Give one, e.g. model: ollama/qwen3.")
        if find_spec("litellm") is None:
            raise MissingExtraError(
                f"asking {model} needs litellm. Install it: pip install 'cliprt[llm]'"
            )
        if api_key_variable and not os.environ.get(api_key_variable):
            raise UsageError(
                f"the environment variable {api_key_variable} is empty, which holds the key for"
                f" {model}. Set it: export {api_key_variable}=..."
            )
        self.model = model
        self._connection = {"api_base": api_base, "api_key": "none"} if api_base else {}
        if api_key_variable:
            self._connection["api_key"] = os.environ[api_key_variable]
        # Importing it takes seconds, which would be missing from the first answer.
        threading.Thread(target=_warm_up, daemon=True).start()

    def load(self) -> None:
        """Wait until it can be asked without delay."""
        _load_litellm()

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
        request = {
            "model": self.model,
            "messages": list(messages),
            "temperature": 0,
            "max_tokens": max_tokens,
            "timeout": seconds,
            # litellm's and the client's own retries would take a multiple of the timeout
            "num_retries": 0,
            "max_retries": 0,
            "drop_params": True,  # some models take no temperature, some servers no schema
            **self._connection,
        }
        if schema:
            wanted = {"name": "reading", "strict": True, "schema": dict(schema)}
            request["response_format"] = {"type": "json_schema", "json_schema": wanted}
        return _within(seconds, request)


def send(request: Mapping[str, Any]) -> Answer:
    """Ask through litellm, once.

    Raises:
        Unanswered: Whatever went wrong.
    """
    try:
        response = _load_litellm().completion(**request)
    except (
        Exception
    ) as error:  # its types do not tell what happened; a status does, if there is one
        _log.warning("%s cannot be asked: %.300s", request["model"], error)
        raise _to_unanswered(error) from error
    if not response.choices:
        raise Unanswered("its answer is empty", may_retry=True)
    choice = response.choices[0]
    text = choice.message.content
    if not isinstance(text, str) or getattr(choice.message, "refusal", None):
        raise Unanswered("it refuses to answer")
    if choice.finish_reason != "stop" or len(text) > MAX_ANSWER:
        raise Unanswered("its answer is not whole", may_retry=True)
    cost = getattr(response, "_hidden_params", {}).get("response_cost")
    return Answer(text, str(response.model or ""), cost if isinstance(cost, float) else None)


def to_data_url(image: np.ndarray, longest_px: int) -> str:
    """An image, uint8 (h, w, 3), as a JPEG in a ``data:`` URL, made smaller where it is larger."""
    from PIL import Image

    picture = Image.fromarray(image)
    picture.thumbnail((longest_px, longest_px))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=90)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _within(seconds: float, request: Mapping[str, Any]) -> Answer:
    answers: queue.SimpleQueue[Answer | Unanswered] = queue.SimpleQueue()

    def call() -> None:
        try:
            answers.put(send(request))
        except Unanswered as error:
            answers.put(error)

    threading.Thread(target=call, daemon=True).start()
    try:
        answer = answers.get(timeout=max(0.0, seconds))
    except queue.Empty:
        raise Unanswered(_SAID[408], may_retry=True) from None
    if isinstance(answer, Unanswered):
        raise answer
    return answer


def _to_unanswered(error: Exception) -> Unanswered:
    status = getattr(error, "status_code", None)
    if not isinstance(status, int):
        return Unanswered("it cannot be reached", may_retry=True)
    reason = _SAID.get(status, f"it failed or cannot be reached (status {status})")
    return Unanswered(reason, may_retry=status in _RETRIED or status >= 500)


def _warm_up() -> None:
    """Import what litellm imports only in use: an answer that never leaves this process."""
    _load_litellm().completion(
        model="openai/none", messages=[{"role": "user", "content": ""}], mock_response="ready"
    )


def _load_litellm() -> Any:
    # Without this, importing litellm asks a server for today's prices.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    import litellm

    logging.getLogger("LiteLLM").setLevel(logging.CRITICAL)
    litellm.suppress_debug_info = True
    litellm.telemetry = False
    return litellm
