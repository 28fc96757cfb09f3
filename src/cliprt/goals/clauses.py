"""A goal's clauses, and what joins them: "and", "or", commas and brackets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cliprt.errors import UsageError
from cliprt.goals.conditions import Goal, Not, all_of, any_of
from cliprt.goals.phrases import CONNECTORS, FILLERS, NEGATIONS
from cliprt.goals.scanning import cannot_be_judged, has_phrase
from cliprt.goals.statement import Statement, Topic
from cliprt.goals.tokens import Measure, Named, Token
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
        either: list[list[Goal]] = [[]]
        for joint, piece in _completed(_split(tokens)):
            if joint == "or" and either[-1]:
                either.append([])
            goal, before = self._piece(piece, before, depth)
            either[-1].append(goal)
        if not either[-1]:
            raise cannot_be_judged([])
        return any_of(all_of(goals) for goals in either), before

    def _piece(self, tokens: Sequence[Token], before: Topic, depth: int) -> tuple[Goal, Topic]:
        """One clause, or what is in brackets."""
        if "(" not in tokens or ")" not in tokens:
            return Statement(self.things, before).read(tokens)
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
        after = pieces[i + 1][1] if i + 1 < len(pieces) else []
        tokens = _repeated(tokens, done[-1][1]) if done else tokens
        if has_phrase(tokens) or not any(isinstance(token, Named | Measure) for token in tokens):
            done.append((waiting[0], [*waiting[1], joint, *tokens]) if waiting else (joint, tokens))
            waiting = None
        elif waiting:
            waiting = (waiting[0], [*waiting[1], joint, *tokens])
        elif done and not ({"are", "both"} & {t for t in after if isinstance(t, str)}):
            done[-1][1].extend((joint, *tokens))
        else:
            waiting = (joint, tokens)
    return [*done, waiting] if waiting else done


def _repeated(tokens: list[Token], before: Sequence[Token]) -> list[Token]:
    """ "The ball is not" says of it what was said before of another, denied."""
    if not tokens or tokens[-1] != "not" or has_phrase(tokens):
        return tokens
    named = [i for i, token in enumerate(before) if isinstance(token, Named)]
    return [*tokens, *before[named[0] + 1 :]] if named else tokens
