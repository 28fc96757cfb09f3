"""Messages over a pair of pipes: pickles one after another, from and to a process of our own."""

from __future__ import annotations

import pickle
import threading
from typing import Any, BinaryIO


class Wire:
    """One end of a connection; any thread may send, one receives."""

    def __init__(self, reader: BinaryIO, writer: BinaryIO) -> None:
        self._reader, self._writer = reader, writer
        self._lock = threading.Lock()

    def send(self, message: Any) -> bool:
        """Send one message; False where nobody is at the other end any more."""
        data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
        with self._lock:
            try:
                self._writer.write(data)
                self._writer.flush()
            except (OSError, ValueError):  # a pipe without reader, or closed by ourselves
                return False
        return True

    def receive(self) -> Any:
        """Wait for the next message.

        Raises:
            EOFError: The other end is gone, perhaps in the middle of a message.
        """
        try:
            return pickle.load(self._reader)
        except (OSError, ValueError, pickle.UnpicklingError) as error:
            raise EOFError(str(error)) from error
