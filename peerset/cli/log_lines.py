"""How a line of the log is written: for people, or as JSON for what gathers logs. Neither repeats a secret."""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from peerset.cli.output import discreet


class LogForm(StrEnum):
    """How the log is written."""

    TEXT = "text"
    JSON = "json"


class TextLines(logging.Formatter):
    """One line for people."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Write *record*."""
        return discreet(super().format(record))


class JsonLines(logging.Formatter):
    """One JSON object: when, how bad, by whom, what, and the traceback of an error."""

    def format(self, record: logging.LogRecord) -> str:
        """Write *record*."""
        row = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": discreet(record.getMessage()),
        }
        if record.exc_info:
            row["traceback"] = discreet(self.formatException(record.exc_info))
        return json.dumps(row)


FORMATTERS: Final[Mapping[LogForm, type[logging.Formatter]]] = {LogForm.TEXT: TextLines, LogForm.JSON: JsonLines}
