"""The contract of a matcher as code."""

from __future__ import annotations

from cliprt.matchers.interface import Match, Matcher

_KNOWN = ("Close the laptop", "Pick up the red cube", "Put the red cup into the left drawer")
_STRANGE = ("", "?", "zwölf Boxkämpfer jagen Viktor 42 ✓", "a" * 2000, "\x00\n\t")


def check_matcher(matcher: Matcher) -> None:
    """Raise unless `matcher` keeps the contract of a matcher.

    Args:
        matcher: Whose model, if it needs one, can be loaded here.

    Raises:
        AssertionError: What is broken.
    """
    for asked in (*_KNOWN, "Shut the laptop", "Make me a coffee", *_STRANGE):
        for known in (_KNOWN, _KNOWN[:1], ()):
            _check_match(matcher, asked, known)
    for asked in _KNOWN:
        match = matcher.match(asked, _KNOWN)
        is_itself = match.instruction == asked and match.is_sure
        assert is_itself, f"{asked!r} was taught in these words and is taken for {match}"


def _check_match(matcher: Matcher, asked: str, known: tuple[str, ...]) -> None:
    match = matcher.match(asked, known)
    assert isinstance(match, Match), f"{asked!r:.80} gives {match!r:.80}, not a Match"
    allowed = (asked, *known)
    assert match.instruction in allowed, f"{asked!r:.80} is taken for what nobody has said: {match}"
    assert set(match.offers) <= set(known), f"{asked!r:.80}: what is offered was never taught"
    assert len(set(match.offers)) == len(match.offers), f"{asked!r:.80}: an offer is there twice"
    assert match.score <= 1 + 1e-6, f"{asked!r:.80} has a score of {match.score}, more than 1"
    again = matcher.match(asked, known)
    assert again == match, f"{asked!r:.80} is taken for {match}, then for {again}"
