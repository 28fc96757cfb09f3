"""What is said beside a command: why it is given, and how long it holds.

"The hand is too high, lower it 3 cm" is a command with a reason, which must agree with it; "forward
until it touches the lid" waits for what nobody here can see, and gets a first small step to try.
"""

from __future__ import annotations

from collections.abc import Sequence

from cliprt.language.lexicon import Token

_SUBJECT = {"arm", "hand", "it", "object", "filler", "intensifier", "hedge"}
_BEING = {"being", "that was"}
_SIDES = {"direction", "yes"}
_DOING = {"verb", "carrier", "comparative", "weak", "place", "push", "back up", "axis", "turn"}
_WAYS = {"direction", "yes", "carrier", "comparative", "weak", "reach", "push", "back up", "out"}


def find_reason(tokens: Sequence[Token]) -> tuple[str, list[Token]] | None:
    """Which way something is too far, and the command beside it; None where no reason is told."""
    end = _end_of_reason(tokens)
    if end is not None:
        rest = list(tokens[end:])
        while rest and rest[0].role == "filler" and rest[0].value != "so":
            rest.pop(0)
        is_apart = bool(rest) and (rest[0].role in ("joiner", *_DOING) or rest[0].value == "so")
        while rest and (rest[0].role == "joiner" or rest[0].value == "so"):
            rest.pop(0)
        return (tokens[end - 1].value, rest) if rest and is_apart else None
    cuts = [i for i, token in enumerate(tokens) if i and token.value in (",", "because")]
    if cuts and _end_of_reason(tokens[cuts[-1] + 1 :]) == len(tokens) - cuts[-1] - 1:
        return tokens[-1].value, list(tokens[: cuts[-1]])
    return None


def _end_of_reason(tokens: Sequence[Token]) -> int | None:
    """How many tokens say, from the first one, which way something is too far."""
    is_told = is_too = False
    for i, token in enumerate(tokens):
        if token.role in _BEING or token.value == "being":
            is_told = True
        elif token.value == "too" or token.role == "too far":
            is_told = is_too = True
        elif token.role == "state" or (token.role in _SIDES and is_too):
            return i + 1 if is_told or token.role == "state" else None
        elif token.role == "joiner" and not is_told:
            continue
        elif token.role not in _SUBJECT and not (token.role == "amount" and token.value != "bare"):
            return None
    return None


def without_condition(tokens: Sequence[Token]) -> list[Token] | None:
    """The sentence without what is waited for, or where it is to go; None if it has no such part.

    The part ends at a comma or a "then"; "above" and "below" say which way it is where nothing else
    does.
    """
    kept: list[Token] = []
    waits = found = False
    for i, token in enumerate(tokens):
        is_when = token.value == "once" and not is_one_time(tokens, i)
        if is_when or token.value == "condition" or token.role == "where":
            waits = found = True
            if token.role == "where" and token.value and not {t.role for t in kept} & _WAYS:
                kept.append(Token("direction", token.value, token.text))
        elif token.role in ("joiner", "correction"):
            waits = False
        if not waits:
            kept.append(token)
    return kept if found else None


def is_one_time(tokens: Sequence[Token], i: int) -> bool:
    """Whether the "once" at `i` is how often, since nothing follows it that would be waited for."""
    after = next((t for t in tokens[i + 1 :] if t.role not in ("filler", "mark")), None)
    return tokens[i].value == "once" and (after is None or after.role == "joiner")
