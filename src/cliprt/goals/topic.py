"""What was spoken of before: whom "it" and "they" mean, and what has to be said in full."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from cliprt.errors import UsageError
from cliprt.goals.phrases import PRONOUNS
from cliprt.goals.scanning import Subjects
from cliprt.language.remarks import Remark


def unclear(words: Iterable[str]) -> UsageError:
    """What is said of words that can be understood in two ways."""
    return UsageError(
        Remark(
            "“{words}” can be understood in more than one way. Say it in whole sentences, each with"
            " one “and” or “or”.",
            words=" ".join(words),
        )
    )


@dataclass(frozen=True)
class Topic:
    """What a clause was about, for the next one's "it".

    Attributes:
        subjects: Of what something was said.
        objects: To what that was related.
        is_denied: Whether it was said not to be so.
    """

    subjects: Subjects = field(default_factory=Subjects)
    objects: Subjects = field(default_factory=Subjects)
    is_denied: bool = False

    def meant(
        self,
        pronoun: str,
        besides: tuple[str, ...] = (),
        suits: Callable[[Subjects], bool] | None = None,
    ) -> Subjects:
        """Whom a pronoun means, of its number: the first subject or, where it `suits`, a place.

        Raises:
            UsageError: Such a place could be either.
        """
        known = (self.objects, self.subjects) if suits else (self.subjects, self.objects)
        fitting = [
            one
            for one in known
            if PRONOUNS.get(pronoun, len(one.names) > 1) == (len(one.names) > 1)
            and one.named
            and not set(one.names) & set(besides)
        ]
        if suits and pronoun and len(fitting) > 1:
            fitting = [one for one in fitting if suits(one)]
            if len(fitting) != 1:
                raise unclear([pronoun])
        return fitting[0] if fitting else Subjects()


def check_shared(subjects: Subjects, joint: str) -> None:
    """Check what is said of things that something else was said of.

    "One of the cups is on the plate and upright" is about the same cup; "both cups are on the plate
    or in the mug" may be so of each, or of both.

    Raises:
        UsageError: It would be read as something else.
    """
    is_each = subjects.is_plain and (len(subjects.names) == 1 or joint == "and")
    is_any = joint == "or" and (subjects.joint == "or" or len(subjects.named) == 1)
    if not is_each and not (is_any and all(one.how in ("all", 1) for one in subjects.named)):
        raise unclear([*subjects.names[:3], joint])
    if is_any and not is_each and len(subjects.named) == 1 and subjects.named[0].how == "all":
        raise unclear([*subjects.names[:3], joint])
