"""What there is one of: an arm, a running simulator, and whoever holds one."""

from __future__ import annotations

from typing import ClassVar, NoReturn, SupportsIndex

from cliprt.errors import UsageError


class Unique:
    """Cannot be copied, deep or not, nor pickled."""

    instead: ClassVar[str] = "Build another in its place."
    """What to do for a second one."""

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        """Say so.

        Raises:
            UsageError: Always.
        """
        raise UsageError(
            f"a {type(self).__name__} cannot be copied or pickled: it holds a running simulator,"
            f" or an arm. {self.instead}"
        )
