"""A goal's clauses, and what joins them: "and", "or", commas and brackets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cliprt.errors import UsageError
from cliprt.goals.conditions import Goal, Not, all_of, any_of
from cliprt.goals.phrases import AUXILIARIES, CONNECTORS, FILLERS, NEGATIONS
from cliprt.goals.scanning import cannot_be_judged, has_phrase, has_subject, scan, without_measures
from cliprt.goals.statement import Statement
from cliprt.goals.tokens import Measure, Named, Token
from cliprt.goals.topic import Topic, unclear
from cliprt.language.remarks import Remark

_DEEPEST = 8
"""Brackets in brackets."""


@dataclass(frozen=True)
class Reader:
    """Reads the tokens of one goal.

    Attributes:
        things: Name -> links that open, of the things on the table; none where they are not known.
    """

    things: Mapping[str, Sequence[str]]

    def read(self, tokens: Sequence[Token]) -> Goal:
        """The goal that the tokens say.

        Raises:
            UsageError: They say none, or more than can be measured.
        """
        return self._joined(list(tokens), Topic(), 0)[0]

    def _joined(self, tokens: Sequence[Token], before: Topic, depth: int) -> tuple[Goal, Topic]:
        """Parts joined by "and" and "or", of which "and" binds more closely."""
        if depth > _DEEPEST:
            raise UsageError(
                Remark("A goal has at most {most} brackets in brackets.", most=_DEEPEST)
            )
        groups: list[list[list[Goal]]] = [[[]]]  # any of all of any: "either" holds "or" together
        is_open = False
        for joint, piece in _completed(_split(tokens)):
            is_either = "either" in piece
            goal, before = self._piece([t for t in piece if t != "either"], before, depth, joint)
            is_own = has_subject(piece)
            if joint == "or" and (is_open or not is_own) and groups[-1][-1]:
                groups[-1][-1].append(goal)
                continue
            if len(groups[-1][-1]) > 1 and (is_open or not is_own):
                raise unclear(["or", "and"])
            is_open = is_either
            if joint == "or" and groups[-1][-1]:
                groups.append([[]])
            groups[-1].append([goal])
        if not groups[-1][-1]:
            raise cannot_be_judged([])
        return any_of(all_of(any_of(one) for one in group if one) for group in groups), before

    def _piece(
        self, tokens: Sequence[Token], before: Topic, depth: int, joint: str = "and"
    ) -> tuple[Goal, Topic]:
        """One clause, or what is in brackets."""
        if "(" not in tokens or ")" not in tokens:
            return Statement(self.things, before, joint).read(tokens)
        begin, end = tokens.index("("), len(tokens) - 1 - list(reversed(tokens)).index(")")
        head, inside, rest = list(tokens[:begin]), tokens[begin + 1 : end], tokens[end + 1 :]
        if has_phrase(head):  # an aside
            return self._joined([*head, "and", *inside, *rest], before, depth + 1)
        strange = [t for t in (*head, *rest) if isinstance(t, str) and t not in _BEFORE_BRACKET]
        if strange:
            raise cannot_be_judged(strange)
        counts = [int(token.amount) for token in head if isinstance(token, Measure)]
        if counts:
            parts = [self._piece(piece, before, depth + 1)[0] for _, piece in _split(inside)]
            return any_of(parts, counts[0]), before
        goal, before = self._joined(inside, before, depth + 1)
        return (Not(goal) if set(head) & NEGATIONS else goal), before


_BEFORE_BRACKET = FILLERS | NEGATIONS | {"at", "least", "of"}


def _split(tokens: Sequence[Token]) -> list[tuple[str, list[Token]]]:
    """Pieces outside of brackets, each with "and" or "or" before it; a comma is like the next."""
    pieces: list[tuple[str, list[Token]]] = [("and", [])]
    depth = 0
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token, 0) if isinstance(token, str) else 0
        if depth or not isinstance(token, str) or token not in CONNECTORS:
            pieces[-1][1].append(token)
        elif pieces[-1][1]:
            pieces.append((CONNECTORS[token], []))
        elif len(pieces) > 1:
            pieces[-1] = (CONNECTORS[token], [])
    pieces = [piece for piece in pieces if piece[1]]
    joint = "and"
    for i in reversed(range(len(pieces))):
        joint = joint if pieces[i][0] == "," else pieces[i][0]
        pieces[i] = (joint, pieces[i][1])
    return pieces


def _completed(pieces: Sequence[tuple[str, list[Token]]]) -> list[tuple[str, list[Token]]]:
    """Pieces that only name things or amounts joined to the clause to which these belong."""
    done: list[tuple[str, list[Token]]] = []
    waiting: tuple[str, list[Token]] | None = None
    for i, (joint, tokens) in enumerate(pieces):
        tokens = _repeated(tokens, done[-1][1]) if done else tokens
        if has_phrase(tokens) or not any(isinstance(token, Named | Measure) for token in tokens):
            done.append((waiting[0], [*waiting[1], joint, *tokens]) if waiting else (joint, tokens))
            waiting = None
        elif waiting:
            waiting = (waiting[0], [*waiting[1], joint, *tokens])
        elif done and _belongs_back(done[-1][1], joint, tokens, pieces[i + 1 :]):
            done[-1][1].extend((joint, *tokens))
        else:
            waiting = (joint, tokens)
    return [*done, waiting] if waiting else done


def _repeated(tokens: list[Token], before: Sequence[Token]) -> list[Token]:
    """ "The ball is not" says of it what was said before of another, denied."""
    ends = {tokens[-1]} if tokens else set()
    if not ends & (AUXILIARIES | {"not"}) or has_phrase(tokens):
        return tokens
    said = next((n for n in range(len(before) + 1) if has_phrase(before[:n])), 0)
    named = [i for i, token in enumerate(before[:said]) if isinstance(token, Named)]
    first = named[-1] + 1 if named else 0
    denied = {"not", "no"} if "not" in before[first:said] else set()
    return [
        *tokens,
        *(t for i, t in enumerate(before) if i >= first and not (t in denied and i < said)),
    ]


def _belongs_back(
    before: Sequence[Token],
    joint: str,
    tokens: Sequence[Token],
    after: Sequence[tuple[str, list[Token]]],
) -> bool:
    """Whether a name by itself is one more thing of the clause before, not of the next one.

    Raises:
        UsageError: It could be either.
    """
    verb = next(((how, piece) for how, piece in after if has_phrase(piece)), ("", []))
    words = {token for token in (*tokens, *verb[1]) if isinstance(token, str)}
    if not any(isinstance(token, Named) for token in tokens):
        return True
    if {"are", "both", "either", "were", "have"} & words:
        return False
    first = next((i for i, token in enumerate(verb[1]) if isinstance(token, Named)), -1)
    if first < 0 or has_phrase(verb[1][:first]):
        return True
    last = scan(without_measures(before)[0]).said[-1]
    if not last.phrase.is_of_two:
        return False
    if (joint, verb[0]) == ("or", "and"):
        return True
    raise unclear([joint, *(name for t in tokens if isinstance(t, Named) for name in t.names)])
