"""Standard streams that are closed or full: one line that says so, and never a file of ours in their place.

A process that is started without them (``>&-``) gives their numbers to the first files it opens: whatever is printed
then lands in a database. So the places are taken before anything else is opened.
"""

import io
import os
import sys
from typing import BinaryIO, Final, NoReturn

from peerset.errors import ConfigError

DESCRIPTORS: Final = (0, 1, 2)


def fill_closed() -> None:
    """Take the place of each standard stream that the process was started without."""
    for descriptor in DESCRIPTORS:
        try:
            os.fstat(descriptor)
        except OSError:
            # The lowest free number is given, and those below are taken by now.
            os.open(os.devnull, os.O_RDWR)
    if sys.stdin is None:
        sys.stdin = ClosedStream("input")
    if sys.stdout is None:
        sys.stdout = ClosedStream("output")
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - open as long as the process


def tolerate_text() -> None:
    """Print as its escape what standard output has no character for: half a file name, or any script in ASCII."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def discard_output() -> None:
    """Let go of what could not be written, or the interpreter tries it once more at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def open_input() -> BinaryIO:
    """Open standard input once more: a thread that still reads it then is not in the way of the process's end.

    Raises:
        ConfigError: at its first use, when it is closed.

    """
    try:
        return open(os.dup(sys.stdin.fileno()), "rb")
    except (OSError, ValueError):
        return sys.stdin.buffer


class _ClosedBytes(io.RawIOBase):
    """The bytes of a closed stream: there are none, which every use says."""

    def __init__(self, name: str) -> None:
        self._name = name

    def read(self, size: int = -1) -> NoReturn:
        """Refuse."""
        self._refuse()

    def readline(self, size: int | None = -1) -> NoReturn:
        """Refuse."""
        self._refuse()

    def write(self, data: object) -> NoReturn:
        """Refuse."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise ConfigError(f"standard {self._name} is closed, and this verb needs it")


class ClosedStream(io.TextIOWrapper):
    """Stands for a standard stream that the process was started without.

    Raises:
        ConfigError: at every use.

    """

    def __init__(self, name: str) -> None:
        self._bytes = _ClosedBytes(name)
        super().__init__(io.BytesIO(), encoding="utf-8")

    @property
    def buffer(self) -> _ClosedBytes:  # type: ignore[override] # as narrow as a closed stream is
        """The same for bytes."""
        return self._bytes

    def read(self, size: int | None = -1) -> NoReturn:
        """Refuse."""
        self._bytes.read()

    def readline(self, size: int = -1) -> NoReturn:  # type: ignore[override] # it takes what the base takes
        """Refuse."""
        self._bytes.readline()

    def write(self, text: str) -> NoReturn:
        """Refuse."""
        self._bytes.write(text)
