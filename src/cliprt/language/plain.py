"""The same sentence said more plainly, for one that is not understood as it is.

People repeat themselves, end with a "then", and leave out the comma between two steps.  What is
left must be understood whole, and no unknown word is ever left out: it could say which way.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from cliprt.language.lexicon import Token
from cliprt.language.numbers import EXACT
from cliprt.language.roles import ACTS, GOALS, GRIPPING
from cliprt.language.sentences import Sentence, read_sentence

_LONGEST_REPEAT = 4
_THEN = Token("joiner", "then", "then")
_REPEATED = {*ACTS, "direction", "filler", "it", "arm", "hand"}


def understand(tokens: Sequence[Token]) -> Sentence:
    """Read tokens as they are, else without repeats, and cut where a step ends."""
    sentence = read_sentence(tokens)
    if sentence.steps or not tokens:
        return sentence
    plain = list(tokens)
    for simplify in (_without_repeats, _without_end, _cut):
        simpler = simplify(plain)
        if simpler == plain:
            continue
        plain = simpler
        found = read_sentence(plain)
        if found.steps:
            return found
    return sentence


def _without_repeats(tokens: list[Token]) -> list[Token]:
    """``lift it lift it 5 cm`` -> lift it 5 cm; a way said twice may be twice as far."""
    is_exact = any(t.amount and t.amount.kind in EXACT for t in tokens)
    kept: list[Token] = []
    i = 0
    while i < len(tokens):
        for n in range(_LONGEST_REPEAT, 0, -1):
            piece, after = tokens[i : i + n], tokens[i + n : i + 2 * n]
            roles = {token.role for token in piece}
            is_way = roles <= {"direction", "filler"} and not is_exact
            is_clear = n > 1 or is_exact or roles <= {"release", "grab"}  # not "raise raise"
            if piece == after and roles <= _REPEATED and is_clear and not is_way:
                i += n
                break
        else:
            kept.append(tokens[i])
            i += 1
    return kept


def _without_end(tokens: list[Token]) -> list[Token]:
    """``forward 5 cm then`` -> forward 5 cm; "back then" and "right then" are no commands."""
    if all(token.role != "amount" for token in tokens):
        return tokens
    end = len(tokens)
    while end and (tokens[end - 1].role == "filler" or tokens[end - 1].value == "then"):
        end -= 1
    return tokens[:end] if any(t.value == "then" for t in tokens[end:]) else tokens


def _stands_alone(tokens: Sequence[Token], at: int) -> bool:
    """Whether what begins at `at` says how far, or moves the gripper; a verb may end a step."""
    if tokens[at].role in GRIPPING:
        return True
    piece = takewhile(lambda t: t.role not in ("joiner", *ACTS), tokens[at + 1 :])
    return any(token.value in ("length", "angle") for token in piece)


def _cut(tokens: list[Token]) -> list[Token]:
    """``lift 5 cm open the hand`` -> lift 5 cm, then open the hand."""
    cut: list[Token] = []
    for at, token in enumerate(tokens):
        start = max((i + 1 for i, t in enumerate(cut) if t.role == "joiner"), default=0)
        roles = {t.role for t in cut[start:]}
        is_exact = any(t.amount and t.amount.kind in ("length", "angle") for t in cut[start:])
        is_whole = bool(roles & GOALS) and (is_exact or "hand" in roles)
        is_way = token.role == "direction" and is_exact and "direction" in roles
        if is_whole and (token.role in ACTS or is_way) and _stands_alone(tokens, at):
            cut.append(_THEN)
        cut.append(token)
    return cut
