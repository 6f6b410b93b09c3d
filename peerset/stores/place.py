"""Where an open SQLite file lies: noticed when it is moved, deleted or replaced, and put back.

SQLite goes on writing into a file that has lost its name, and calls that a way to corrupt a database
(https://www.sqlite.org/howtocorrupt.html, 4.1): so whoever writes looks first.
"""

import logging
import os
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

from peerset.errors import StoreError
from peerset.files import part_of

logger = logging.getLogger(__name__)


class Place:
    """The name under which the file was opened, and which file that was."""

    def __init__(self, path: Path, connect: Callable[[], sqlite3.Connection]) -> None:
        self._path = path.absolute()
        self._connect = connect
        self._name = str(self._path)
        self._status = self._path.stat()

    def is_taken(self) -> bool:
        """Say whether the file is where it was; False when nothing is there.

        Raises:
            StoreError: another file is there, or its folder cannot be read.

        """
        try:
            # Asked before each job, so without the detour by a `Path`.
            status = os.stat(self._name)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StoreError(f"the store {self._path} cannot be seen any more: {error.strerror}") from error
        if not os.path.samestat(status, self._status):
            raise StoreError(
                f"the store {self._path} was replaced by another file while it was open: "
                "move that one away, and what this process holds is written there again"
            )
        self._status = status
        return True

    def put_back(self, db: sqlite3.Connection) -> sqlite3.Connection:
        """Write all that *db* holds to the place again, and open it there.

        Raises:
            StoreError: nothing can be written there.

        """
        part = part_of(self._path)
        try:
            part.unlink(missing_ok=True)
            db.execute("VACUUM INTO ?", (str(part),))
            part.chmod(stat.S_IMODE(self._status.st_mode))
            # Closed before another is opened: the log beside the place belongs to the file that has left it.
            db.close()
            part.replace(self._path)
        except OSError as error:
            raise StoreError(f"the store {self._path} is gone and cannot be put back: {error.strerror}") from error
        logger.warning("the store %s was moved or deleted while it was open: all it held was put back", self._path)
        found = self._connect()
        self._status = self._path.stat()
        return found
