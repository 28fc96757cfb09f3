"""Which things are meant: new ones, those that were named before, one of a group."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cliprt.scenes.lexicon import Token
from cliprt.scenes.mention import Mention

MOST_MENTIONED = 13
"""One more than fit on the table: further ones need not be counted."""

Apply = Callable[[int], None]
"""Says something of the mention of a number."""


class Naming:
    """What was named so far in a list of tokens that is read from left to right.

    Attributes:
        mentions: What was found.
        unknown: What was spoken of and is no thing, or cannot be laid.
        passed_over: Sizes and other words that change nothing.
    """

    def __init__(self, tokens: Sequence[Token]) -> None:
        """Begin."""
        self.mentions: list[Mention] = []
        self.unknown: list[str] = []
        self.passed_over: list[str] = []
        self._tokens = tokens
        self._at = 0
        self._subject: list[int] = []
        self._group: list[int] = []
        self._host: list[int] = []
        self._before: list[int] = []
        self._apart: list[int] = []
        self._waiting: list[Apply] = []
        self._is_fresh = True  # nothing was named since the last separator
        self._clear()

    def _clear(self) -> None:
        """Forget what was said of a thing whose noun is still to come."""
        self._number: int | None = None
        self._article = ""
        self._colours: list[str] = []
        self._strange: list[str] = []
        self._sizes: list[str] = []
        self._state = ""

    def _take_article(self, token: Token) -> None:
        self._end_phrase()
        self._article = token.text

    def _take_another(self, token: Token) -> None:
        self._end_phrase()
        self._article, self._number = "another", 1

    def _take_all(self, token: Token) -> None:
        self._end_phrase()
        self._number = len(self._group) or None

    def _name(self, token: Token) -> None:
        """A noun: of things that were named before, or of new ones."""
        thing, is_many = token.value
        if self._host and all(self.mentions[i].thing == thing for i in self._host):
            self._clear()  # a part of it: a cabinet with a drawer
            return
        known = self._find_known(thing) if self._number is None and not is_many else None
        if known is not None:
            self._start([known])
        else:
            self._start(self._add(thing, is_many))
        self.passed_over += [*self._sizes, *self._strange]
        self._clear()

    def _find_known(self, thing: str) -> int | None:
        """A thing that was named before and is meant again: the cup, or just: cup."""
        if self._article not in ("the", "this", "") or (not self._article and not self._is_fresh):
            return None
        colour = self._colours[0] if self._colours else ""
        same = [
            i
            for i, mention in enumerate(self.mentions)
            if i not in self._apart
            and mention.thing == thing
            and (not colour or mention.colour == colour)
        ]
        return same[-1] if same else None

    def _add(self, thing: str, is_many: bool) -> list[int]:
        """New things; several colours are shared out among them."""
        colours = self._colours
        least = len(colours) if len(colours) > 1 else (2 if is_many else 1)
        number = self._number if self._number is not None else least
        first = len(self.mentions)
        for i in range(min(number, MOST_MENTIONED)):
            colour = colours[i % len(colours)] if colours else ""
            mention = Mention(thing, colour, state=self._state)
            mention.is_named = len(colours) > 1
            self.mentions.append(mention)
        return list(range(first, len(self.mentions)))

    def _start(self, subject: list[int]) -> None:
        """From now on, what is said is said of these."""
        self._before = self._subject or self._before
        self._subject = subject
        if len(subject) > 1 or subject[:1] not in [[i] for i in self._group]:
            self._group = subject
        self._is_fresh = False
        waiting, self._waiting = self._waiting, []
        for apply in waiting:
            for i in subject:
                apply(i)

    def _end_phrase(self) -> None:
        """What was said of a thing without its noun: one of a group's, or no thing at all."""
        if self._strange and (self._article or self._number is not None or self._is_fresh):
            self.unknown.append(" ".join(self._strange))
            self._subject, self._is_fresh = [], False
        elif self._colours and self._number is None and not self._article and not self._is_fresh:
            for i in self._subject:  # the cup is red
                self.mentions[i].colour = self._colours[0]
        elif self._colours or self._number is not None:
            self._single_out()
        elif self._state:
            self._set_state(self._state)
        self.passed_over += self._sizes
        self._clear()

    def _single_out(self) -> None:
        """ "one red", "two of them blue", "red": of the last group, or one more."""
        number = self._number if self._number is not None else 1
        colour = self._colours[0] if self._colours else ""
        chosen = [i for i in self._group if self._may_be(i, colour)][:number]
        if self._group and (self._article == "another" or not chosen):
            chosen = self._add(self.mentions[self._group[0]].thing, False)
            self._group = [*self._group, *chosen]
        elif not chosen:
            self._borrow()
            return
        for i in chosen:
            self.mentions[i].colour = colour or self.mentions[i].colour
            self.mentions[i].is_named = True
        group = self._group
        self._start(chosen)
        self._group = group

    def _may_be(self, i: int, colour: str) -> bool:
        """Whether this one of the group is not told apart yet, and may have that colour."""
        mention = self.mentions[i]
        return not mention.is_named and not (colour and mention.colour not in ("", colour))

    def _borrow(self) -> None:
        """ "a red and a blue cup": the noun comes later."""
        later = next((t for t in self._tokens[self._at :] if t.kind == "noun"), None)
        if later:
            self._start(self._add(later.value[0], False))

    def _choose(self, token: Token) -> None:
        """ "the left one", "the other": of the last group."""
        self._end_phrase()
        rest = [i for i in self._group if not self.mentions[i].is_named]
        which = token.value
        if which.startswith("other"):
            chosen = (rest or self._group[-1:])[:1]
            if chosen:
                self.mentions[chosen[0]].is_named = True
        else:
            is_last = which in ("right", "last", "second", "back", "rear", "far")
            chosen = self._group[-1:] if is_last else self._group[:1]
        if chosen:
            group = self._group
            self._start(chosen)
            self._group = group

    def _set_state(self, state: str) -> None:
        for i in self._subject:
            self.mentions[i].state = state
