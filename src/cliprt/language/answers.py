"""What a model answered before, on the disk: no question is paid or waited for twice.

Losing it costs nothing but a question, so a file that cannot be read is begun anew, and one that
cannot be written is done without.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

MAX_ANSWERS = 20_000
"""The oldest make room for new ones."""

_WAIT_S = 0.1  # for another process that is writing
_log = logging.getLogger(__name__)


class AnswerCache:
    """Answers by key, in one SQLite file that several processes may use.

    Args:
        folder: Where the file lies; made when the first answer is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "answers.sqlite"

    def find(self, key: str) -> str | None:
        """The answer that was kept for `key`; None where there is none."""
        if not self._path.exists():
            return None
        query = "SELECT answer FROM answers WHERE key = ?"
        row = self._tried(lambda database: database.execute(query, (key,)).fetchone())
        return str(row[0]) if row else None

    def keep(self, key: str, answer: str) -> None:
        """Remember `answer`."""

        def insert(database: sqlite3.Connection) -> None:
            database.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", (key, answer))
            database.execute(
                "DELETE FROM answers WHERE rowid <= (SELECT max(rowid) FROM answers) - ?",
                (MAX_ANSWERS,),
            )

        self._tried(insert)

    def _tried(self, work: Callable[[sqlite3.Connection], Any]) -> Any:
        """What `work` returns; None, and a line in the log, where the file is of no use."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.closing(sqlite3.connect(self._path, timeout=_WAIT_S)) as database:
                # Survives a killed process; a power cut may cost the file, which is no loss.
                database.execute("PRAGMA synchronous = OFF")
                with database:
                    database.execute(
                        "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer TEXT)"
                    )
                    return work(database)
        except (sqlite3.OperationalError, OSError) as error:
            _log.warning("the answers in %s are not at hand: %s", self._path, error)
        except sqlite3.DatabaseError as error:
            _log.warning("%s is begun anew: %s", self._path, error)
            self._path.unlink(missing_ok=True)
        return None


def question_key(*parts: Any) -> str:
    """A name for everything that an answer depends on (JSON values)."""
    text = json.dumps(parts, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def user_cache() -> Path:
    """cliprt's folder where the operating system wants what can be made again."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "cliprt"
