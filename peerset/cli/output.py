"""What verbs print: data to stdout, as lines or as JSON; remarks to stderr."""

import json
import logging
import re
import sys
from collections.abc import Mapping
from typing import Final

import typer

LINE_CHARACTERS_MAX: Final = 240

logger = logging.getLogger("peerset.cli")

_SECRETS_IN_TEXT: Final = (
    re.compile(r"(?i)()(?:nsec|ncryptsec|seal)1[a-z0-9]+"),
    re.compile(r"(?i)(peerset-device:)[A-Za-z0-9_-]+"),
    # The login of an address, and what it may have for one in its query.
    re.compile(r"(://)[^/@\s]+(?=@)"),
    re.compile(r"(?i)([?&#](?:token|key|grant|secret|password|passwd|passkey)=)[^&\s]+"),
)


class StderrHandler(logging.Handler):
    """Writes log lines to whatever ``sys.stderr`` is now: a live table puts itself below them.

    With *takes_remarks* it writes what is said to the user as well, so that each line there has its form.
    """

    def __init__(self, *, takes_remarks: bool = False) -> None:
        super().__init__()
        self.takes_remarks = takes_remarks

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line; its form sees to it that no secret is repeated."""
        typer.echo(self.format(record), err=True)


def write(row: Mapping[str, object], *, line: str, as_json: bool) -> None:
    """Print *row* as one JSON object, or *line* for people."""
    typer.echo(to_json(row) if as_json else line)


def remark(text: str, *, level: int = logging.INFO) -> None:
    """Tell the user something that is not data; a secret that was typed in a wrong place is not repeated.

    In a log that programs read it is a line like others, of this *level*.
    """
    for handler in logging.getLogger("peerset").handlers:
        if isinstance(handler, StderrHandler) and handler.takes_remarks:
            handler.handle(logger.makeRecord(logger.name, level, "", 0, text, (), None))
            return
    typer.echo(discreet(text), err=True)


def to_json(row: Mapping[str, object]) -> str:
    """Write *row* on one line, in ASCII when stdout can hold nothing else."""
    is_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    return json.dumps(row, ensure_ascii=not is_unicode, separators=(",", ":"))


def printable(text: str, *, characters_max: int = LINE_CHARACTERS_MAX) -> str:
    """Make a stranger's *text* safe for a terminal: one line, no control or bidirectional characters.

    Whatever is not printable is shown as its escape, so that a record cannot move the cursor or hide its neighbours.
    """
    cut = text if len(text) <= characters_max else text[: characters_max - 1] + "…"
    return "".join(character if character.isprintable() else _escape(character) for character in cut)


def discreet(text: str) -> str:
    """Hide what looks like a secret in *text*, which a user wrote: it may be shown, and end in a bug report."""
    for pattern in _SECRETS_IN_TEXT:
        text = pattern.sub(r"\1***", text)
    return text


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
