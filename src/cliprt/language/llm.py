"""A language model as interpreter, the way of the paper, and the grammar looks over its shoulder.

The model only ever fills slots (:mod:`cliprt.language.slots`).  Numbers must have been said, the
direction must be the one that the grammar half heard, and what only the model understood is
offered rather than done.  Slow, broken or offline, it has said nothing, and the grammar's answer
stands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cliprt.language.answers import AnswerCache, user_cache
from cliprt.language.consult import Consultant
from cliprt.language.evidence import CONTRADICTION, Trust, find_doubt, misquotes, to_effects
from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.interface import Interpreter, Situation
from cliprt.language.learning import depends_on_situation
from cliprt.language.offers import MAX_OFFERS, make_offers
from cliprt.language.phrasebook import PhrasebookInterpreter
from cliprt.language.prompt import Example, build_messages, is_example
from cliprt.language.provider import Provider, to_data_url
from cliprt.language.slots import Move, move_to_primitive
from cliprt.language.telling import tell
from cliprt.language.text import has_control_characters
from cliprt.types import Limit, Primitive, Reach, Reading
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import by_phrase

if TYPE_CHECKING:
    import numpy as np

MAX_SENT = 200
"""Characters of an utterance that is sent; a longer one is not."""

IMAGE_PX = 384
"""Longest edge of an image that is sent."""


class LlmInterpreter(Interpreter):
    """A language model, asked first.

    Stop and done words, and phrases of the vocabulary, are never sent.  Everything else leaves
    this machine if the model does not run on it.

    Args:
        vocabulary: Where labels and offers come from.
        model: ``provider/model``, e.g. ``openai/gpt-4o-mini`` or ``ollama/qwen3``.
        api_base: Address of one's own server; "" = the provider's.
        api_key_variable: Environment variable with the key; "" = the provider's own.
        phrasebook: File with confirmed wordings, shown as examples.
        phrasebooks: More of them.
        trust: When its reading moves the arm, and is not just offered: ``"offer"``, where the
            grammar reads the same; ``"heard"``, where the words that cliprt knows bear it out;
            ``"model"``, whenever they do not contradict.
        deadline_s: For an answer, with everything [s].
        send_image: Whether the image that it was shown last is sent too.
        cache_dir: Folder of remembered answers; "" = the user's cache.
        max_move_m: Longest move it proposes [m].
        max_turn_deg: Largest turn it proposes [degrees].

    Raises:
        MissingExtraError: litellm is not installed.
        UsageError: No such model or address, or no key in the named variable.
        VocabularyError: A phrasebook has a mistake.
    """

    incidental_options = ("api_base", "api_key_variable", "deadline_s", "cache_dir")

    def __init__(
        self,
        vocabulary: ActionVocabulary,
        model: Annotated[str, Reach("model")] = "openai/gpt-4o-mini",
        api_base: Annotated[str, Reach("host")] = "",
        api_key_variable: Annotated[str, Reach("key")] = "",
        phrasebook: str = "",
        phrasebooks: Sequence[str] = (),
        trust: Trust = "heard",
        deadline_s: Annotated[float, Limit(0.1, 60)] = 2.0,
        send_image: bool = False,
        cache_dir: str = "",
        max_move_m: float = 0.30,
        max_turn_deg: float = 180.0,
    ) -> None:
        self._vocabulary = vocabulary
        self._grammar = GrammarInterpreter(vocabulary, max_move_m, max_turn_deg)
        self._phrasebook = PhrasebookInterpreter(vocabulary, phrasebook, phrasebooks)
        self._limits = (max_move_m, max_turn_deg)
        self._trust: Trust = trust
        self._send_image = send_image
        self._image: np.ndarray | None = None
        cache = AnswerCache(Path(cache_dir) if cache_dir else user_cache())
        self._consultant = Consultant(
            Provider(model, api_base, api_key_variable), cache, deadline_s
        )

    @property
    def status(self) -> str:
        """Why the model is left alone for a while; "" if it is not."""
        return self._consultant.status

    def look(self, image: np.ndarray) -> None:
        """Remember what the camera sees, uint8 (h, w, 3); sent only with `send_image`."""
        self._image = image

    def situate(self, situation: Situation) -> None:
        """What the next sentence is said into."""
        self._grammar.situate(situation)

    def answer(self, question: Reading, answer: str) -> None:
        """Remember until the end where the speaker sits."""
        self._grammar.answer(question, answer)

    def learn(self, utterance: str, primitives: Sequence[Primitive]) -> None:
        """Show it as an example from now on.

        Raises:
            StoreError: The phrasebook cannot be written.
        """
        self._phrasebook.learn(utterance, primitives)

    def read(self, utterance: str) -> Reading:
        """The model's answer where it has one that holds, else the grammar's."""
        reading = self._grammar.read(utterance)
        is_phrase = by_phrase(self._vocabulary, utterance) is not None
        is_settled = is_phrase or "completes" in reading.trace
        if reading.decision in ("stop", "done") or is_settled or depends_on_situation(utterance):
            return reading
        return self.advise(utterance, reading)

    def advise(self, utterance: str, reading: Reading) -> Reading:
        """Ask the model about an utterance that the grammar read as `reading`."""
        is_sent = len(utterance) <= MAX_SENT and not has_control_characters(utterance)
        if not is_sent or not any(map(str.isalnum, utterance)):
            return reading
        url, trace = self._picture()
        found = self._consultant.ask(build_messages(utterance, self._examples(), url))
        trace |= found.trace
        if found.moves is None:
            return replace(reading, trace=trace)
        if not found.moves:
            return self._question(reading, reading.reason, (), trace)
        primitives, problem = self._primitives(found.moves)
        if problem:
            return self._question(reading, problem, (), trace)
        doubt = self._doubt(reading, found.moves, primitives)
        if doubt:
            return self._question(reading, doubt, found.moves, trace | {"doubt": doubt})
        reason = ", then ".join(map(tell, primitives))
        return Reading(utterance, "move", primitives, (), "llm", reason, trace)

    def _examples(self) -> list[Example]:
        known: list[Example] = [(p.phrase, (p,)) for p in self._vocabulary.primitives]
        known += self._phrasebook.examples
        return [example for example in known if is_example(example[1])]

    def _picture(self) -> tuple[str, dict[str, Any]]:
        """The image to send as a URL, and its trace; nothing unless that is wanted."""
        if not self._send_image or self._image is None:
            return "", {}
        url = to_data_url(self._image, IMAGE_PX)
        return url, {"image_sha256": hashlib.sha256(url.encode()).hexdigest()}

    def _primitives(self, moves: Sequence[Move]) -> tuple[tuple[Primitive, ...], str]:
        """What the moves are, or why one of them is not allowed."""
        found = []
        for move in moves:
            primitive = move_to_primitive(self._vocabulary, move, *self._limits)
            if isinstance(primitive, str):
                return (), primitive
            found.append(primitive)
        return tuple(found), ""

    def _doubt(
        self, reading: Reading, moves: Sequence[Move], primitives: Sequence[Primitive]
    ) -> str:
        """Why the person has to choose; "" if the arm may move."""
        if reading.decision == "move":
            is_same = to_effects(reading.primitives) == to_effects(primitives)
            return "" if is_same else CONTRADICTION
        return find_doubt(reading.utterance, moves, primitives, self._grammar, self._trust)

    def _question(
        self, reading: Reading, reason: str, moves: Sequence[Move], trace: dict[str, Any]
    ) -> Reading:
        """Ask, with what the grammar heard and what the model understood."""
        utterance = reading.utterance
        heard = reading.offers or reading.primitives
        told = [
            offer
            for move in ([] if misquotes(utterance, moves) else moves[:1])
            for offer in make_offers(self._vocabulary, [move.group], move.amount, *self._limits)[:1]
        ]
        offers = tuple(dict.fromkeys((*heard[:1], *told, *heard[1:])))[:MAX_OFFERS]
        return Reading(utterance, "ask", (), offers, "llm", reason, trace)
