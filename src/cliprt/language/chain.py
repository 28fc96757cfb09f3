"""Everybody who can read, one after the other: the default.

Stop words; wordings that people confirmed; the grammar, which is free, instant and exact; a
language model, if one is configured; and at last a question.  The first who understands answers,
and nobody is asked where the grammar and the phrasebook contradict each other but the person who
spoke.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from cliprt.language.evidence import Trust
from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.interface import Interpreter, Situation
from cliprt.language.learning import depends_on_situation
from cliprt.language.llm import LlmInterpreter
from cliprt.language.offers import MAX_OFFERS
from cliprt.language.phrasebook import PhrasebookInterpreter
from cliprt.language.remarks import Remark
from cliprt.language.roles import CONTRARY
from cliprt.language.telling import spoken
from cliprt.language.text import MAX_CHARACTERS, has_control_characters, split_words
from cliprt.language.tongues import hear
from cliprt.types import Limit, Primitive, Reach, Reading
from cliprt.vocabularies.interface import ActionVocabulary

if TYPE_CHECKING:
    import numpy as np


class ChainInterpreter(Interpreter):
    """Phrasebook, grammar, language model, offers.

    Without a model and a phrasebook it is the grammar, with more to choose from where that asks.

    Args:
        vocabulary: Where labels and offers come from.
        model: ``provider/model``, e.g. ``openai/gpt-4o-mini`` or ``ollama/qwen3``; "" = none.
        api_base: Address of one's own server; "" = the provider's.
        api_key_variable: Environment variable with the key; "" = the provider's own.
        phrasebook: File that grows when somebody confirms a wording; "" = forget it at the end.
        phrasebooks: Files of other people, read too and never written.
        person: Who is speaking, noted beside what they confirm.
        seats: File with where people sit; see :class:`cliprt.language.grammar.GrammarInterpreter`.
        trust: See :class:`cliprt.language.llm.LlmInterpreter`; so are the rest.
        deadline_s: For the model's answer, with everything [s].
        send_image: Whether the model is sent the camera image that it was shown last.
        cache_dir: Folder of the model's remembered answers; "" = the user's cache.
        max_move_m: Longest move it proposes [m].
        max_turn_deg: Largest turn it proposes [degrees].

    Raises:
        MissingExtraError: A model is named, and litellm is not installed.
        UsageError: No such model or address, or no key in the named variable.
        VocabularyError: A phrasebook has a mistake.
    """

    incidental_options = (*LlmInterpreter.incidental_options, "phrasebook", "person", "seats")

    def __init__(
        self,
        vocabulary: ActionVocabulary,
        model: Annotated[str, Reach("model")] = "",
        api_base: Annotated[str, Reach("host")] = "",
        api_key_variable: Annotated[str, Reach("key")] = "",
        phrasebook: str = "",
        phrasebooks: Sequence[str] = (),
        person: str = "",
        seats: str = "",
        trust: Trust = "heard",
        deadline_s: Annotated[float, Limit(0.1, 60)] = 2.0,
        send_image: bool = False,
        cache_dir: str = "",
        max_move_m: float = 0.30,
        max_turn_deg: float = 180.0,
    ) -> None:
        self._vocabulary = vocabulary
        self._grammar = GrammarInterpreter(vocabulary, max_move_m, max_turn_deg, seats, person)
        self._phrasebook = PhrasebookInterpreter(vocabulary, phrasebook, phrasebooks, person)
        self._llm: LlmInterpreter | None = None
        if model:
            self._llm = LlmInterpreter(
                vocabulary,
                model,
                api_base,
                api_key_variable,
                phrasebook,
                phrasebooks,
                trust,
                deadline_s,
                send_image,
                cache_dir,
                max_move_m,
                max_turn_deg,
            )

    @property
    def status(self) -> str:
        """What is the matter with the language model; "" if nothing is."""
        return self._llm.status if self._llm else ""

    def look(self, image: np.ndarray) -> None:
        """Show the language model what the camera sees."""
        if self._llm:
            self._llm.look(image)

    def situate(self, situation: Situation) -> None:
        """What the next sentence is said into."""
        self._grammar.situate(situation)

    def answer(self, question: Reading, answer: str) -> None:
        """Remember where the speaker sits.

        Raises:
            StoreError: It cannot be written down; it is known until the end all the same.
        """
        self._grammar.answer(question, answer)

    def learn(self, utterance: str, primitives: Sequence[Primitive]) -> None:
        """Add it to the phrasebook.

        Raises:
            StoreError: The phrasebook cannot be written.
        """
        self._phrasebook.learn(utterance, primitives)

    def read(self, utterance: str) -> Reading:
        """The first answer of the chain that is not a question, else the best question."""
        reading = self._grammar.read(utterance)
        return spoken(replace(self._read(utterance, reading), language=reading.language))

    def _read(self, utterance: str, reading: Reading) -> Reading:
        if reading.decision in ("stop", "done"):
            return reading
        if {"completes", "things"} & reading.trace.keys() or depends_on_situation(utterance):
            return reading  # which only the grammar knows
        known = self._phrasebook.read(utterance)
        if reading.decision == "move":
            return self._against_phrasebook(reading, known)
        if known.decision == "move" or known.offers:
            return known
        advice = self._llm.advise(utterance, reading) if self._llm else None
        return self._with_offers(reading if advice is None else advice)

    def _against_phrasebook(self, reading: Reading, known: Reading) -> Reading:
        """What people confirmed decides how far, and never silently another direction."""
        if known.decision != "move" and not known.offers:
            return reading
        meant = known.primitives or known.offers
        if known.primitives == reading.primitives:
            return reading
        if known.primitives and _groups(known.primitives) == _groups(reading.primitives):
            return known
        offers = (*reading.primitives[:1], *meant[:2])
        return Reading(
            reading.utterance,
            "ask",
            (),
            tuple(dict.fromkeys(offers))[:MAX_OFFERS],
            "chain",
            Remark(
                "I read that as {text!r}, and people meant another thing: which one?",
                text=reading.reason,
            ),
        )

    def _with_offers(self, reading: Reading) -> Reading:
        """What people meant by a wording whose words all occur, where nothing is offered yet."""
        if reading.decision != "ask" or reading.offers or not _may_offer(reading.utterance):
            return reading
        words = {*split_words(reading.utterance)}
        meant = [m[0].group for said, m in self._phrasebook.examples if {*said.split()} <= words]
        half = self._grammar.half_read(reading.utterance)
        groups = [group for group in meant if group in (half.groups or meant)]
        return replace(reading, offers=self._grammar.offer(groups, half.amount))


def _groups(primitives: Sequence[Primitive]) -> list[str]:
    return [primitive.group for primitive in primitives]


def _may_offer(utterance: str) -> bool:
    """Whether an offer could be what was meant: not after "don't", nor for what is no sentence."""
    if len(utterance) > MAX_CHARACTERS or has_control_characters(utterance):
        return False
    return all(t.role not in CONTRARY for t in hear(utterance)[0][1])
