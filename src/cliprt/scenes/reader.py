"""Tokens of a description -> the things that it mentions, where they are, and what relates them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from cliprt.scenes.lexicon import NEAR_X, Token
from cliprt.scenes.mention import Side
from cliprt.scenes.naming import Apply, Naming

_OBJECT = ("article", "number", "colour", "size", "unknown", "noun", "which", "another")
"""What may name the thing that a relation is to."""


class Reader(Naming):
    """Goes through the tokens once, from left to right."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        """Read."""
        super().__init__(tokens)
        while self._at < len(tokens):
            self._turn(tokens[self._at])
        self._end_phrase()
        self._leave_host()

    def _turn(self, token: Token) -> None:
        self._at += 1
        kind = token.kind
        if kind in _COLLECTED:
            getattr(self, _COLLECTED[kind]).append(token.value or token.text)
        elif kind in _TAKEN:
            _TAKEN[kind](self, token)
        elif kind.startswith("relation"):
            self._relate(kind.removeprefix("relation "))

    def _take_host(self, token: Token) -> None:
        self._end_phrase()
        self._host = list(self._subject)

    def _take_number(self, token: Token) -> None:
        if self._colours and token.text in ("one", "ones"):  # in place of a noun
            self._end_phrase()
            return
        if self._colours or self._strange:
            self._end_phrase()
        self._number = token.value

    def _noun_follows(self) -> bool:
        """Whether something is named before the next separator."""
        for token in self._tokens[self._at :]:
            if token.kind == "separator" or token.kind.startswith("relation"):
                return False
            if token.kind in ("noun", "number"):
                return True
        return False

    # What is said of it

    def _say(self, apply: Apply) -> None:
        """Of what was named in this phrase; of what follows, where a noun does; or of the last."""
        if not self._subject or (self._is_fresh and self._noun_follows()):
            self._waiting.append(apply)
            return
        for i in self._subject:
            apply(i)

    def _take_place(self, token: Token) -> None:
        self._end_phrase()
        self._say(self._placing(token))

    def _placing(self, token: Token) -> Apply:
        side = token.value if token.kind == "place" else self._measure(token.value)

        def place(i: int) -> None:
            before = self.mentions[i].side or (None, None)
            self.mentions[i].side = (
                side[0] if side[0] is not None else before[0],
                side[1] if side[1] is not None else before[1],
            )
            self.mentions[i].is_exact = self.mentions[i].is_exact or token.kind == "cm"

        return place

    def _measure(self, metres: float) -> Side:
        """So far ahead, or to a side: the next token says it."""
        token = self._tokens[self._at] if self._at < len(self._tokens) else None
        if token is not None and token.kind == "place":
            self._at += 1
            x, y = token.value
            if y is not None:
                return None, metres if y > 0 else -metres
            return (-metres if x == NEAR_X else metres), None
        if token is not None and token.text in ("ahead", "forward", "away"):
            self._at += 1
        return metres, None

    def _take_state(self, token: Token) -> None:
        if self._article or self._number is not None or not self._subject:
            self._state = token.kind
        else:
            self._set_state(token.kind)

    def _take_chance(self, token: Token) -> None:
        self._end_phrase()
        self._say(lambda i: setattr(self.mentions[i], "is_anywhere", True))

    def _take_turn(self, token: Token) -> None:
        self._say(lambda i: setattr(self.mentions[i], "turn_deg", token.value))

    def _take_over(self, token: Token) -> None:
        self._say(self._put_upside_down)

    def _put_upside_down(self, i: int) -> None:
        if self.mentions[i].thing in ("cup", "mug"):
            self.mentions[i].thing = "upside-down cup"
        else:
            self.passed_over.append("upside down")

    def _line_up(self, token: Token) -> None:
        """One beside the other: the last group, or everything that was named."""
        self._end_phrase()
        row = self._subject if len(self._subject) > 1 else list(range(len(self.mentions)))
        how = "behind" if token.text.endswith("back") else "right of"
        if token.text.endswith(("left", "front")):
            row = row[::-1]
        for one, other in pairwise(row):
            self.mentions[other].relations.append((how, (one,), None))

    # What relates them

    def _separate(self, token: Token) -> None:
        self._end_phrase()
        self._leave_host()
        if token.text == ":" and self._subject and self._is_header():
            del self.mentions[self._subject[0] :]
            self._subject = self._group = []
        self._is_fresh = True

    def _is_header(self) -> bool:
        """ "some toys: a car, a ball": what is named after the colon is all there is."""
        following = next((t for t in self._tokens[self._at :] if t.kind == "noun"), None)
        mention = self.mentions[self._subject[0]]
        return following is not None and following.value[0] != mention.thing

    def _leave_host(self) -> None:
        """ "a plate with a cube": on it, if nothing else was said."""
        for i in self._subject if self._host else ():
            if i not in self._host and not self.mentions[i].relations:
                self.mentions[i].relations.append(("on", tuple(self._host), None))
        self._host = []

    def _relate(self, kind: str) -> None:
        """A relation and what it is to; said of the subject, or of what follows."""
        self._end_phrase()
        subject, is_fresh, before = self._subject, self._is_fresh, self._before
        objects = self._read_object()
        if kind == "between" and objects:
            while self._at < len(self._tokens) and self._tokens[self._at].kind == "separator":
                self._at += 1
            objects += self._read_object()
        further = self._tokens[self._at].kind if self._at < len(self._tokens) else ""
        if objects and further.startswith("relation"):  # a cup on a plate on a tray
            self._at += 1
            self._subject, self._is_fresh = objects, False
            self._relate(further.removeprefix("relation "))
        self._subject, self._is_fresh, self._before = subject, is_fresh, before
        if kind == "under":
            self.unknown.append(kind)
        elif objects:
            self._say(lambda i: self._note(i, kind, tuple(dict.fromkeys(objects))))

    def _note(self, i: int, kind: str, others: tuple[int, ...]) -> None:
        if i not in others:
            self.mentions[i].relations.append((kind, others, None))

    def _read_object(self) -> list[int]:
        """The things that a relation is to; what was named in this phrase is none of them."""
        is_fresh, subject = self._is_fresh, self._subject
        waiting, self._waiting = self._waiting, []
        group, self._apart = self._group, [] if is_fresh else subject
        self._is_fresh = True
        found: list[int] = []
        while self._at < len(self._tokens) and not found:
            token = self._tokens[self._at]
            if token.kind == "pronoun":
                self._at += 1
                found = self._meant(subject, is_fresh)
            elif token.kind in _OBJECT:
                self._subject = []
                self._turn(token)
                found = list(self._subject)
            else:
                break
        if not found:
            self._end_phrase()
            found = list(self._subject) if self._subject != subject else []
        self._waiting, self._apart = waiting, []
        if len(group) > 1 or not found:
            self._group = group
        return found

    def _meant(self, subject: list[int], is_fresh: bool) -> list[int]:
        """What "it" is: the last thing that is not spoken of now."""
        if self._host and set(self._host).isdisjoint(subject):
            return list(self._host)
        if is_fresh and subject and self._noun_follows():
            return list(subject)
        others = [i for i in range(len(self.mentions)) if i not in subject]
        before = [i for i in self._before if i not in subject]
        return before or others[-1:]


_COLLECTED = {"colour": "_colours", "size": "_sizes", "unknown": "_strange"}
"""Kind of token -> what is remembered of it until a noun comes."""

_TAKEN: Mapping[str, Callable[[Reader, Token], None]] = {
    "article": Reader._take_article,
    "number": Reader._take_number,
    "another": Reader._take_another,
    "noun": Reader._name,
    "all": Reader._take_all,
    "which": Reader._choose,
    "separator": Reader._separate,
    "with": Reader._take_host,
    **dict.fromkeys(("open", "shut", "ink"), Reader._take_state),
    "upside down": Reader._take_over,
    "turn": Reader._take_turn,
    "random": Reader._take_chance,
    "row": Reader._line_up,
    **dict.fromkeys(("place", "cm"), Reader._take_place),
}
"""Kind of token -> what is done with it; the others say nothing by themselves."""
