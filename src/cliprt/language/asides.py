"""Words that could be a command and are none: names of things, praise, "right" that says yes.

Each rule acts on roles and values (``languages/en.txt``), so that it holds for every command.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from cliprt.language.lexicon import Token, is_doing, pieces
from cliprt.language.remarks import Remark
from cliprt.language.roles import ACTS, CUTS, GRIPPING, LEADING, MOVING, SIDES, TURNING

A_THING = "{text!r} could be a thing here: say how the arm should move."
_GOALS = (ACTS - {"verb"}) | SIDES | {"sense", "fist"}
_KNOWN = ("definite", "possessive", "toward")
_ANY = ("indefinite", "another")
_ARTICLES = (*_KNOWN, *_ANY)
_JUDGING = ("praise", "verdict", "thanks", "thanks for")
_LIKE = ("manner", "quality", "praise")
_NO_TALK = (
    "definite",
    *_ANY,
    *LEADING,
    "again",
    "further",
    "more",
    "request",
    "manner",
    "quality",
)
_NEUTRAL = {"filler", "hedge", "intensifier"}
_MORE = ("and more", "then more")
_EXACT = ("length", "angle", "bare")


def settle_doubles(tokens: Sequence[Token]) -> list[Token]:
    """Give words that are a direction and something else the part that they have here.

    "Right" agrees where nothing makes it a direction, and keeps the role ``"yes"`` then; "lower" is
    a direction after "a bit" or "go", and a verb elsewhere.  A word that is "and" or "then" between
    two goals is "more" elsewhere, where a language has but one for both.
    """
    settled = list(tokens)
    for i, token in enumerate(tokens):
        if token.role == "yes" and not _agrees(tokens, i):
            settled[i] = token._replace(role="direction")
        elif token.role == "comparative":
            before = tokens[i - 1].role if i else ""
            compares = before in {"amount", *MOVING} or (before == "it" and i > 1)
            settled[i] = token._replace(role="direction" if compares else "carrier")
        elif token.value in _MORE:
            joins = all(map(_has_goal, (tokens[:i][::-1], tokens[i + 1 :])))
            said = ("joiner", token.value.split()[0]) if joins else ("filler", "further")
            settled[i] = Token(*said, token.text)
    return settled


def _has_goal(tokens: Sequence[Token]) -> bool:
    """Whether a goal is said before the next joiner."""
    piece = takewhile(lambda token: token.role not in CUTS, tokens)
    return any(token.role in _GOALS for token in piece)


def _agrees(tokens: Sequence[Token], i: int) -> bool:
    """Whether a direction that also says yes may say that: "right, lift it", "ah, right"."""
    said = pieces(tokens)
    at = next(n for n, (start, end) in enumerate(said) if start <= i < end)
    start, end = said[at]
    before, after = tokens[start:i], tokens[i + 1 : end]
    if any(t.role not in _NEUTRAL or t.value in LEADING for t in before):
        return False
    if any(t.role in ("amount", "question") for t in after):
        return False
    if start > 0 and {t.role for t in tokens[:start]} & {"correction", "negation"}:
        return False
    talk = [t for t in tokens if t.role in _NEUTRAL and t.value not in _NO_TALK]
    if talk:
        return True
    return _is_apart(tokens, said, at)


def _is_apart(tokens: Sequence[Token], all_of_it: Sequence[tuple[int, int]], at: int) -> bool:
    """Whether a piece that says only "right" stands beside commands rather than among them."""
    said = [{t.role for t in tokens[start:end]} for start, end in all_of_it]
    for near, joiner in ((at - 1, at), (at + 1, at + 1)):
        if not 0 <= near < len(all_of_it):
            continue
        between = {t.value for t in tokens[all_of_it[joiner - 1][1] : all_of_it[joiner][0]]}
        listed = between & {"and", ""} or said[near] - {"filler"} <= {"direction", "yes"}
        if not listed and said[near] & _GOALS and (near > at or "then" not in between):
            return True
    return False


def find_aside(tokens: Sequence[Token]) -> str | None:
    """Why the tokens of a clause tell of a thing, or of what was done; None if they do not."""
    for i, token in enumerate(tokens):
        if i and _is_a_thing(tokens, i):
            return Remark(A_THING, text=token.text)
        if (token.value in _JUDGING and _judges(tokens, i)) or _describes(tokens, i):
            return Remark("You said {text!r}: what should I do next?", text=token.text)
    return None


def judges_what_was_done(tokens: Sequence[Token]) -> bool:
    """Whether a sentence thanks or praises for what one of its pieces names: "moving up, nice"."""
    if all(t.value not in _JUDGING for t in tokens) or any(t.value == "request" for t in tokens):
        return False
    return any(_begins_doing(tokens[start:end]) for start, end in pieces(tokens))


def _begins_doing(piece: Sequence[Token]) -> bool:
    """Whether a piece tells of a motion and how it was: "so gentle going left"."""
    how = takewhile(lambda t: t.role in (*_NEUTRAL, "amount") and t.value not in _EXACT, piece)
    rest = piece[len(list(how)) :]
    return bool(rest) and is_doing(rest[0])


def _is_a_thing(tokens: Sequence[Token], i: int) -> bool:
    """Whether a word that is usually a verb, a way or somebody names a thing: "the left edge"."""
    token, before = tokens[i], tokens[i - 1]
    if token.value in ("vocative", "thanks", "greeting"):  # "lift a dear", "raise boss up"
        return before.value in _ARTICLES or before.role in ACTS - {"release"}
    if token.role == "it":
        return before.value == "preposition"
    if token.role == "direction" and before.role == "it":
        return i == 1
    if token.role == "direction":
        article = _article(tokens, i)
        named = tokens[article].value in _ARTICLES and "amount" not in {
            t.role for t in tokens[article:i]
        }
        return named and not _is_a_side(tokens, i, article)
    return token.role in ACTS and (_is_told_apart(tokens, i) or _has_article(tokens, i))


def _is_told_apart(tokens: Sequence[Token], i: int) -> bool:
    """Whether the word before says which thing, or what to do with it: "her lift", "raise head"."""
    token, before = tokens[i], tokens[i - 1]
    if before.role in ("it", "object"):
        shut = i > 1 and token.role in ("open", "close")  # "snap it shut"
        return token.role != "verb" and before.value != "leads" and not shut
    if before.role == "direction":
        to_it = i > 2 and tokens[i - 3].value in LEADING
        return token.value == "noun" or (i > 1 and tokens[i - 2].value in _KNOWN and not to_it)
    return before.role in ACTS - {"verb"} and not {token.role, before.role} <= GRIPPING


def _has_article(tokens: Sequence[Token], i: int) -> bool:
    """Whether an article or a preposition makes a word a thing: "the drop", "to the lift"."""
    token, article = tokens[i], _article(tokens, i)
    done = {t.role for t in tokens[:article]} & ACTS
    value = tokens[article].value
    if token.role == "grip" and done & GRIPPING:
        return False
    if value in _KNOWN:
        return not (token.role in TURNING and done)
    if value in _ANY:
        return tokens[i - 1].role != "amount" and _is_any(tokens, article, token)
    if value == "to":
        return bool(done or article == 0) and token.role not in ("open", "close")
    measured = article > 0 and tokens[article - 1].role == "amount" and not is_doing(token)
    measured |= token.role in TURNING and tokens[article + 1].value == "angle"  # "by 5° in roll"
    return value == "preposition" and not measured


def _article(tokens: Sequence[Token], i: int) -> int:
    """Where the article or preposition of a word stands, what describes it left out."""
    i -= 1
    while i > 0 and (
        tokens[i].role == "amount" or tokens[i].role == "tight" or tokens[i].value in _LIKE
    ):
        i -= 1
    return i


def _is_any(tokens: Sequence[Token], article: int, token: Token) -> bool:
    """Whether "a lift" is a thing: not where the arm is given one, nor in "take a step left"."""
    done = {t.role for t in tokens[:article]}
    if (token.role == "verb" and token.value != "noun") or token.role in TURNING:
        return token.role in TURNING and "verb" not in done
    return not ("verb" in done and done & {"it", "arm", "hand"})


def _is_a_side(tokens: Sequence[Token], i: int, at: int) -> bool:
    """Whether an article stands before a way: "to the left", "in a forward direction"."""
    article = tokens[at].value
    before = article if article == "toward" or at < 1 else tokens[at - 1].value
    after = tokens[i + 1 : i + 2]
    if article in _ANY or before == "preposition":
        return any(t.role in ("verb", "filler", "carrier", "amount") for t in after)
    if before in LEADING:
        return tokens[i].value[0] != "z" or bool(after)
    is_first = at == i - 1 and all(t.role == "filler" for t in tokens[:at])
    is_named = tokens[i].value[0] == "y" and all(t.value != "preposition" for t in after)
    return is_first and is_named and article == "definite"


def _judges(tokens: Sequence[Token], i: int) -> bool:
    """Whether praise or thanks are about what the clause names, rather than before a command."""
    rest = list(tokens[i + 1 :])
    if any(map(is_doing, rest)):
        return all(t.value != "request" for t in tokens)
    if tokens[i].value == "thanks for":
        return bool({t.role for t in rest} & (ACTS | _GOALS))
    if tokens[i].value == "thanks":
        return bool(rest) and rest[0].value == "preposition"
    amounts = [t.value for t in tokens if t.role == "amount"]
    if not {t.role for t in rest} & (ACTS | {"direction"}):
        named = {t.role for t in tokens[:i]} & (ACTS | {"direction"})
        return bool(named) and (tokens[i].value == "verdict" or not amounts)
    while rest[0].role in ("amount", "sense") or rest[0].value in (*_LIKE, *_ANY):
        rest.pop(0)
    after = [t for t in rest[1:] if t.role == "amount"]
    if rest[0].role == "direction":
        return not after
    if rest[0].role not in ACTS:
        return False
    is_exact = any(t.value in _EXACT for t in after) and rest[1].role in ("amount", "direction")
    return not is_exact and (len(rest) == 1 or not _is_object(rest[1]))


def _describes(tokens: Sequence[Token], i: int) -> bool:
    """Whether it is said how a motion is, rather than how to make it: "smooth lift"."""
    rest = tokens[i + 1 :]
    if tokens[i].value == "told":
        amounts = any(t.role == "amount" for t in rest)
        return not amounts or any(t.value in _LIKE for t in rest)
    if tokens[i].value != "quality" or not rest or rest[0].role not in ACTS:
        return False
    return not {t.role for t in rest[1:]} - {"filler", "verb"}


def _is_object(token: Token) -> bool:
    return token.role == "it" or token.value in _KNOWN
