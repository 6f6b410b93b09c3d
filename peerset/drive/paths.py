"""Paths of files in a room: relative, of segments joined by ``/``, alike on every system."""

import hashlib
import re
import unicodedata
from typing import Final

from peerset.core.limits import DOCUMENT_KEY_BYTES_MAX
from peerset.core.typed import shown
from peerset.errors import ConfigError

_CONTROL: Final = re.compile("[\x00-\x1f\x7f]")
_WINDOWS_DEVICE: Final = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?")
"""Names that Windows takes for devices, with any ending."""
_WINDOWS_CHARACTERS: Final = re.compile(r'[<>:"|?*\\]')
_PART: Final = re.compile(r"\.[0-9a-f]{16}\.peerset-part")
SEGMENT_BYTES_MAX: Final = 255
"""What the usual file systems take for one name."""


def read_path(given: object) -> str:
    """Read the path of a file.

    Raises:
        ConfigError: it is empty, absolute or too long, has control characters, or a part is empty, ``.`` or ``..``.

    """
    fault = fault_of(given)
    if fault is not None:
        raise ConfigError(f"{shown(given)} is no path of a file here: {fault}")
    return str(given)


def read_folder(given: object) -> str:
    """Read the path of a folder: empty for all, or with ``/`` at its end.

    Raises:
        ConfigError: it is no path.

    """
    if given in ("", "/"):
        return ""
    text = given.removesuffix("/") if isinstance(given, str) else given
    return f"{read_path(text)}/"


def fault_of(path: object) -> str | None:
    """Say what is wrong with *path*; None when nothing is."""
    if not isinstance(path, str):
        return "it is no text"
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        return "it has a lone surrogate"
    if not 0 < size <= DOCUMENT_KEY_BYTES_MAX:
        return f"it has {size} bytes, and may have 1 to {DOCUMENT_KEY_BYTES_MAX}"
    if _CONTROL.search(path):
        return "it has control characters"
    if path.startswith("/"):
        return "it begins with a slash: paths are relative"
    segments = path.split("/")
    if "" in segments:
        return "a part of it is empty"
    return "it leads out of its folder" if {".", ".."}.intersection(segments) else None


def local_fault_of(path: str) -> str | None:
    """Say why no file can be written under *path* on every usual system; None when it can be."""
    for segment in path.split("/"):
        if len(segment.encode()) > SEGMENT_BYTES_MAX:
            return f"{shown(segment)} is longer than {SEGMENT_BYTES_MAX} bytes"
        if _WINDOWS_DEVICE.fullmatch(segment):
            return f"{shown(segment)} is a device on Windows"
        if _WINDOWS_CHARACTERS.search(segment):
            return f"{shown(segment)} has a character that Windows does not take"
        if segment[-1] in ". ":
            return f"{shown(segment)} ends with a dot or a space, which Windows drops"
        if is_part(segment):
            return f"{shown(segment)} is the name of a file that is being written"
    return None


def part_of(name: str) -> str:
    """Give what a file is called while it is being written: short, however long its *name* is."""
    return f".{hashlib.sha256(name.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}.peerset-part"


def is_part(name: str) -> bool:
    """Say whether a file of this name is one that is being written, or never was whole."""
    return _PART.fullmatch(name) is not None


def folded(path: str) -> str:
    """Give what two paths have in common that are one file where case, or the form of accents, does not count."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
