"""What to offer when an utterance was only half understood."""

from __future__ import annotations

from collections.abc import Sequence

from cliprt.language.motions import is_straight, to_amount
from cliprt.language.numbers import Amount
from cliprt.types import Primitive
from cliprt.vocabularies.interface import ActionVocabulary

MAX_OFFERS = 3


def make_offers(
    vocabulary: ActionVocabulary, groups: Sequence[str], amount: Amount | None
) -> tuple[Primitive, ...]:
    """Up to three entries of those groups, the amounts nearest to what was said.

    One group gives three amounts; several give the nearest entry of each in turn.
    """
    ranked = [_ranked(vocabulary, group, amount) for group in dict.fromkeys(groups)]
    ranked = [entries for entries in ranked if entries]
    if len(ranked) == 1:
        return tuple(ranked[0][:MAX_OFFERS])
    return tuple(entries[0] for entries in ranked[:MAX_OFFERS])


def _ranked(vocabulary: ActionVocabulary, group: str, amount: Amount | None) -> list[Primitive]:
    entries = [entry for entry in vocabulary.primitives if entry.group == group]
    if group in ("open", "close"):
        return entries
    if amount is None or amount.kind == ("angle" if is_straight(group) else "length"):
        amount = Amount("plain")
    wanted = to_amount(group, amount)
    return sorted(entries, key=lambda entry: abs(max(map(abs, entry.motion)) - wanted))
