"""The interpreter that works everywhere: deterministic, offline, well under a millisecond.

It acts only when every word is accounted for.  Anything else is a question back, with offers that
agree with what it did understand; a repaired spelling is offered, or told where it is acted on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from cliprt.language.asides import find_aside, judges_what_was_done
from cliprt.language.asking import is_goal, is_question, to_question, ways_said
from cliprt.language.clauses import Clause
from cliprt.language.context import say_in_full
from cliprt.language.interface import Interpreter, Situation
from cliprt.language.lexicon import Token, tag
from cliprt.language.numbers import EXACT, Amount, fold_amounts
from cliprt.language.offers import MAX_OFFERS, is_straight, make_offers, to_primitive
from cliprt.language.pieces import is_piece, joined
from cliprt.language.plain import understand
from cliprt.language.pointing import point
from cliprt.language.remarks import Remark
from cliprt.language.retelling import InFull
from cliprt.language.roles import SIDES
from cliprt.language.seats import Seat
from cliprt.language.sentences import Sentence, read_sentence
from cliprt.language.spelling import repair
from cliprt.language.tables import languages, table
from cliprt.language.telling import spoken, tell
from cliprt.language.text import (
    MAX_CHARACTERS,
    about,
    has_control_characters,
    split_words,
)
from cliprt.language.tongues import hear, hear_as, language_of
from cliprt.language.viewpoint import AS_WHO, SEATS, Seen, as_robot, has_own_words, to_seat
from cliprt.language.ways import WHICH_TURN
from cliprt.types import Primitive, Reading
from cliprt.vocabularies.interface import ActionVocabulary


class _Meaning(NamedTuple):
    seen: Seen
    full: InFull
    sentence: Sentence
    primitives: list[Primitive]
    problem: str | None


@dataclass(frozen=True)
class HalfReading:
    """What the words name, whether or not the whole is understood; never to act on.

    Attributes:
        groups: Displacement groups of all clauses (``"y+"``, ``"roll-"``, ``"open"`` ...), in the
            order in which they were named; several of a clause that could mean each of them.
        amount: How much, at least; None where nothing was said, or only words that differ.
    """

    groups: tuple[str, ...] = ()
    amount: Amount | None = None


class GrammarInterpreter(Interpreter):
    """Free speech by rules, in any language that has a table of words.

    Args:
        vocabulary: Where labels and offers come from.
        max_move_m: Longest move it proposes [m]; a longer one is questioned, never shortened.
        max_turn_deg: Largest turn it proposes [degrees].
        seats: File with where people sit, which grows when somebody says so; "" = forget it at
            the end.
        person: Who is speaking, to know where they sit.

    Raises:
        VocabularyError: The file of seats has a mistake.
    """

    incidental_options = ("seats", "person")

    def __init__(
        self,
        vocabulary: ActionVocabulary,
        max_move_m: float = 0.30,
        max_turn_deg: float = 180.0,
        seats: str = "",
        person: str = "",
    ) -> None:
        self._vocabulary = vocabulary
        self._seat, self._camera = Seat(seats, person), Seat(seats, "the camera")
        self._limits = (max_move_m, max_turn_deg)
        self._situation = Situation()
        self._meant = ""
        self._phrases = {" ".join(split_words(p.phrase)): p for p in vocabulary.primitives}
        repair(["lefft"])  # builds the spelling index now rather than in the first question
        for language in languages():
            table(language)  # likewise

    def read(self, utterance: str) -> Reading:
        """Stop words first, then done words, then a vocabulary phrase, then the rules."""
        subject = about(utterance)
        if subject == "stop":
            return self._about(utterance, "stop", "a stop word")
        if len(utterance) > MAX_CHARACTERS:
            return self._ask(
                utterance, Remark("Say it in at most {most} characters.", most=MAX_CHARACTERS)
            )
        if has_control_characters(utterance):
            return self._ask(utterance, "There are control characters in it.")
        if subject == "done":
            return self._about(utterance, "done", "the task is finished")
        if subject == "undo" and self._situation.last:
            return self._by_rules(utterance, "en", (Token("go back", "", utterance),))
        words = split_words(utterance)
        entry = self._phrases.get(" ".join(words).rstrip(" .…!"))
        if entry is not None:
            return self._move(utterance, [entry])
        if whole := self._completed(utterance):
            return whole
        return self._agreed([self._by_rules(utterance, *heard) for heard in hear(utterance)])

    def situate(self, situation: Situation) -> None:
        """What "again" and the like are about from now on, and what was asked."""
        self._situation = situation

    def half_read(self, utterance: str) -> HalfReading:
        """Which ways and how much the words name, also where :meth:`read` asks."""
        if len(utterance) > MAX_CHARACTERS:
            return HalfReading()
        seen = self._see(hear(utterance)[0][1])
        sentence = read_sentence(seen.tokens)
        clauses = () if seen.is_open else sentence.clauses
        groups = tuple(dict.fromkeys(g for clause in clauses for g in clause.groups))
        return HalfReading(groups, sentence.least)

    def answer(self, question: Reading, answer: str) -> None:
        """Remember where the speaker sits, or the camera is, or which of several things is meant.

        Raises:
            StoreError: It cannot be written down; it is known until the end all the same.
        """
        if "things" in question.trace:
            self._meant = answer
        elif answer in question.answers:
            seat, is_camera = to_seat(answer, question.language)
            (self._camera if is_camera else self._seat).take(seat)

    def _see(self, tokens: Sequence[Token]) -> Seen:
        """Tokens in the robot's own frame."""
        if not has_own_words(tokens):
            return Seen(tuple(tokens))
        looks = self._situation.looks or SEATS.get(self._camera.find())
        return as_robot(tokens, self._seat.find(), replace(self._situation, looks=looks))

    def _agreed(self, readings: Sequence[Reading]) -> Reading:
        """The reading, if all languages that it may be in give the same."""
        first = readings[0]
        other = next((r for r in readings if r.primitives != first.primitives), None)
        if other is None:
            return first
        names = {"one": table(first.language).name, "other": table(other.language).name}
        reason = Remark("That means one thing in {one} and another in {other}.", **names)
        offers = (*first.primitives[:1], *other.primitives[:1])
        asked = replace(first, decision="ask", primitives=(), offers=offers, reason=reason)
        return spoken(asked)

    def _by_rules(self, utterance: str, language: str, tokens: Sequence[Token]) -> Reading:
        return spoken(replace(self._by_tokens(utterance, language, tokens), language=language))

    def _by_tokens(self, utterance: str, language: str, tokens: Sequence[Token]) -> Reading:
        reading = self._understood(utterance, tokens)
        if reading.decision == "ask" and not reading.answers:
            asked, things = replace(reading, language=language), self._situation.things
            if pointed := point(asked, tokens, things, self._meant, self.offer):
                return pointed
        if language == "en" and reading.decision == "ask":
            return self._by_repair(utterance, split_words(utterance)) or reading
        return reading

    def _meaning(self, tokens: Sequence[Token]) -> _Meaning:
        """What the tokens mean, by the speaker's frame and the steps before."""
        seen = self._see(tokens)
        full = say_in_full(seen.tokens, self._situation) or InFull(seen.tokens)
        sentence = (read_sentence if seen.problem else understand)(full.tokens)
        if full.problem:
            sentence = Sentence((), (Clause(full.groups, sentence.least),))
        primitives, problem = self._primitives(sentence)
        problem = full.problem or problem
        if not problem and is_question(seen.tokens):
            problem = "That sounds like a question: say it as a command."
        return _Meaning(seen, full, sentence, primitives, problem)

    def _understood(self, utterance: str, tokens: Sequence[Token]) -> Reading:
        """What the tokens ask for, as they are."""
        seen, full, sentence, primitives, problem = self._meaning(tokens)
        if seen.problem and not (problem and seen.is_open):
            return self._ask(utterance, seen.problem, self._offers(sentence, seen), seen.answers)
        if problem is None and not seen.is_open:
            return self._move(utterance, primitives, full.continues)
        problem = problem or AS_WHO
        offers = self._offers(sentence, seen, full.groups)
        reason = to_question(utterance, tokens, sentence, problem, len(offers))
        return self._ask(utterance, reason, offers)

    def _completed(self, utterance: str) -> Reading | None:
        """The sentence that was asked about together with the piece that was missing.

        None where they make no whole: then the piece is a sentence by itself.  A direction that
        says too little of a turn is asked about: by itself it would be a move.
        """
        asked = self._situation.asked
        piece = hear_as(utterance, asked.language) if asked else ()
        if asked is None or asked.decision != "ask" or not is_piece(piece):
            return None
        said = asked.trace.get("completes", asked.utterance)
        before = hear_as(said, asked.language)
        if find_aside(before) or judges_what_was_done(before):
            return None  # "nice lift" lacks nothing
        wholes = joined(before, piece)
        readings = [self._understood(utterance, whole) for whole in wholes]
        groups = {offer.group for offer in asked.offers}
        done = (r for r in readings if len(r.primitives) == 1)
        found = next((r for r in done if not groups or r.primitives[0].group in groups), None)
        moves = any(token.role in SIDES for token in piece)
        for reading, whole in zip(readings, wholes, strict=True):
            is_known = all(token.role != "unknown" for token in whole)
            if reading.offers and is_known and (reading.reason in WHICH_TURN or not moves):
                found = found or reading
        if found is None:
            return None
        trace = {"completes": f"{said} {utterance}"}
        return spoken(replace(found, language=asked.language, trace=trace))

    def _primitives(self, sentence: Sentence) -> tuple[list[Primitive], str | None]:
        """The steps as primitives, or why one of them cannot be made."""
        if sentence.problem:
            return [], sentence.problem
        primitives = []
        for group, amount in sentence.steps:
            primitive = to_primitive(self._vocabulary, group, amount, *self._limits)
            if isinstance(primitive, str):
                return [], primitive
            primitives.append(primitive)
        return primitives, None

    def _offers(
        self, sentence: Sentence, seen: Seen, before: Sequence[str] = ()
    ) -> tuple[Primitive, ...]:
        """What agrees with the first clause that says which way, or with the step before.

        For a goal it is only a small step.
        """
        clause = next((c for c in sentence.clauses if c.groups), None)
        if clause is None or not sentence.may_offer or seen.is_open:
            return ()
        amount, for_goal = clause.amount, is_goal(seen.tokens)
        if amount is None or amount.kind == "bare":  # another's number, or its unit, may be meant
            amount = sentence.least
        said = ways_said(seen.tokens) | set(before)
        groups = [g for g in clause.groups if (g in said if is_straight(g) else not for_goal)]
        is_vague = amount is None or amount.kind not in EXACT
        return self.offer(groups, Amount("bit") if for_goal and is_vague else amount)

    def offer(self, groups: Sequence[str], amount: Amount | None) -> tuple[Primitive, ...]:
        """Up to three motions of those groups that agree with an amount (see `make_offers`)."""
        return make_offers(self._vocabulary, groups, amount, *self._limits)

    def _by_repair(self, utterance: str, words: list[str]) -> Reading | None:
        """With misspelt words as they were meant; None where they still say nothing to do."""
        repaired = repair(words)
        if repaired is None:
            return None
        meaning = self._meaning(tag(fold_amounts(repaired.words)))
        seen, full, sentence, primitives, problem = meaning
        if not sentence.steps and (seen.is_open or not seen.problem):
            return None
        text = _joined(repaired.words)
        question = Remark("Did you mean {text!r}?", text=text)
        if seen.problem or seen.is_open:
            asked = seen.problem if seen.answers and seen.problem else question
            return self._ask(utterance, asked, self._offers(sentence, seen), seen.answers)
        if repaired.is_sure and not problem:
            moved = self._move(utterance, primitives, full.continues)
            return replace(moved, reason=Remark("I read that as {text!r}.", text=text))
        firsts = (one for g, amount in sentence.steps for one in self.offer([g], amount)[:1])
        return self._ask(utterance, question, tuple(dict.fromkeys(firsts))[:MAX_OFFERS])

    def _move(
        self, utterance: str, primitives: list[Primitive], continues: bool = False
    ) -> Reading:
        reason = ", then ".join(map(tell, primitives))
        return self._answer(
            utterance, "move", primitives=tuple(primitives), reason=reason, continues=continues
        )

    def _ask(
        self,
        utterance: str,
        reason: str,
        offers: tuple[Primitive, ...] = (),
        answers: tuple[str, ...] = (),
    ) -> Reading:
        return self._answer(utterance, "ask", offers=offers, reason=reason, answers=answers)

    def _about(self, utterance: str, decision: str, reason: str) -> Reading:
        reading = self._answer(utterance, decision, reason=reason)
        return spoken(replace(reading, language=language_of(utterance)))

    def _answer(self, utterance: str, decision: str, **rest: object) -> Reading:
        return Reading(utterance, decision, source="grammar", **rest)  # type: ignore[arg-type]


def _joined(words: Sequence[str]) -> str:
    return re.sub(r" (?=[,.;:!?…])", "", " ".join(words))
