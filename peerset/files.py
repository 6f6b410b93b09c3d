"""The one way to read a text file of a user's, and the one way to write a file: what is asked for is done, or nothing.

Text is UTF-8. A byte order mark is no part of it, and lines may end as any system ends them (Unicode 15, 2.13 and 5.8);
UTF-16, which Windows PowerShell's ``>`` writes, is named rather than read as nonsense.
"""

import codecs
import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import BinaryIO, Final

from peerset.errors import ConfigError

PRIVATE_MODE: Final = 0o600
"""Read and written by its owner alone."""
PUBLIC_MODE: Final = 0o666
"""Less what the process's umask takes away."""

_PART: Final = re.compile(r"\..+\.(\d{1,10})-\d+\.part", re.DOTALL)
"""What `part_of` gives, with the process that writes it."""

_BYTE_ORDER_MARKS: Final = (
    # UTF-32's begins with UTF-16's.
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_HEAD_BYTES: Final = 4
"""As much as it takes to know an encoding."""
_UTF16_ZEROS: Final = ([False, True, False, True], [True, False, True, False])
"""Which bytes of a head are zero without a mark: the first characters of any text of ours are ASCII."""


def read_text(path: Path, *, bytes_max: int, what: str = "") -> str:
    r"""Read the text of *path*, at most so many bytes, with ``\n`` at the end of each line; errors call it *what*.

    Raises:
        ConfigError: it cannot be read, is longer, or is no UTF-8; no message quotes what it holds.

    """
    what = what or str(path)
    try:
        with path.open("rb") as file:
            data = file.read(bytes_max + 1)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{what} cannot be read: {_reason(error)}") from error
    if len(data) > bytes_max:
        raise ConfigError(f"{what} is longer than {bytes_max} bytes")
    return decode_text(data, what)


def decode_text(data: bytes, name: str) -> str:
    r"""Decode *data*, which *name* holds, with ``\n`` at the end of each line.

    Raises:
        ConfigError: it is no UTF-8; the message names the line, and quotes nothing.

    """
    text_bytes = data[mark_bytes(data, name) :]
    try:
        text = text_bytes.decode()
    except UnicodeDecodeError as error:
        line = text_bytes.count(b"\n", 0, error.start) + 1
        # Not chained: the decoder's error would quote what the file holds.
        raise ConfigError(f"{name}, line {line}: not UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def mark_bytes(head: bytes, name: str) -> int:
    """Count the bytes of the byte order mark at the *head* of what *name* holds: 3 or 0.

    Raises:
        ConfigError: it is text of another encoding.

    """
    encoding = next((encoding for mark, encoding in _BYTE_ORDER_MARKS if head.startswith(mark)), None)
    if encoding is None and [byte == 0 for byte in head[:_HEAD_BYTES]] in _UTF16_ZEROS:
        encoding = "UTF-16"
    if encoding is not None:
        raise ConfigError(f"{name} is {encoding}, not UTF-8: save it as that (in PowerShell: Out-File -Encoding utf8)")
    return len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0


@contextmanager
def writing(path: Path, *, is_private: bool = False) -> Iterator[BinaryIO]:
    """Write *path*: the whole file is put in place at the end, and nothing is changed when that fails.

    A link is followed, and a file that is replaced keeps its mode. What is no plain file (a pipe, a device) is written
    into and never replaced. A new file that *is_private* may be read by its owner alone.

    Raises:
        ConfigError: it cannot be written.

    """
    try:
        target = path.resolve()
        mode = target.stat().st_mode if target.exists() else None
        if mode is not None and not stat.S_ISREG(mode):
            with target.open("wb") as file:
                yield file
            return
        with _replacing(target, mode=mode, is_private=is_private) as file:
            yield file
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {_reason(error)}") from error


def is_replaced(path: Path) -> bool:
    """Say whether writing *path* takes the place of what is there; pipes and devices are only written into."""
    return path.is_file()


def write_new(path: Path, data: bytes, *, mode: int = PRIVATE_MODE) -> None:
    """Make the file *path* of *data*, which is on disk afterwards; at no moment has it a wider *mode*.

    Raises:
        FileExistsError: there is something already.
        OSError: it cannot be written; nothing is left then.

    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink()
        raise


def part_of(target: Path, number: int = 0) -> Path:
    """Give where this process writes what is to be put in the place of *target*; `sweep_parts` knows it again."""
    return target.with_name(f".{target.name[:200]}.{os.getpid()}-{number}.part")


def sweep_parts(folder: Path) -> int:
    """Remove from *folder* what processes that were killed have left of files they wrote; give how many there were.

    What a process that lives may be writing stays. This one must not be writing there.
    """
    count = 0
    with suppress(OSError):
        for path in folder.iterdir():
            part = _PART.fullmatch(path.name)
            if part is not None and not _is_others(int(part[1])):
                with suppress(OSError):
                    path.unlink()
                    count += 1
    return count


@contextmanager
def _replacing(target: Path, *, mode: int | None, is_private: bool) -> Iterator[BinaryIO]:
    part, file = _open_beside(target, PRIVATE_MODE if is_private or mode is not None else PUBLIC_MODE)
    try:
        with file:
            yield file
            file.flush()
            if mode is not None:
                part.chmod(stat.S_IMODE(mode))
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        # Replaced, it is no longer there; a folder that vanished has nothing to tidy.
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _open_beside(target: Path, mode: int) -> tuple[Path, BinaryIO]:
    """Make a file of a name that nobody has, in the folder of *target*."""
    for number in count():
        part = part_of(target, number)
        with suppress(FileExistsError):
            return part, open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb")
    raise AssertionError("count() ends never")  # pragma: no cover


def _is_others(process: int) -> bool:
    """Say whether *process* is another one than this, and lives."""
    if process == os.getpid():
        return False
    if sys.platform == "win32":
        # To ask is to end it there.
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
