"""The options that say for how long records are kept here."""

from dataclasses import dataclass
from typing import Annotated

import typer

from peerset.core.action import Missing
from peerset.core.limits import DISK_BYTES, DISK_BYTES_MIN


@dataclass(frozen=True, kw_only=True)
class RetentionOptions:
    """For how long records are kept."""

    retention: Annotated[
        str,
        typer.Option(
            envvar="PEERSET_RETENTION",
            metavar="TIME",
            help="Keep records for so long, from 1h to 3700d, or forever; peers should agree on it "
            "(default: as this store did before, at first 90d).",
            show_default=False,
        ),
    ] = ""

    @property
    def said_retention(self) -> str | Missing:
        """What was said, if anything."""
        return self.retention or Missing()


@dataclass(frozen=True, kw_only=True)
class DiskOptions:
    """How much of the disk a room may take."""

    disk_bytes: Annotated[
        int,
        typer.Option(
            envvar="PEERSET_DISK_BYTES",
            min=DISK_BYTES_MIN,
            metavar="N",
            help="What the store may take: beyond it the oldest days lose their content here, and keep their ids.",
        ),
    ] = DISK_BYTES


@dataclass(frozen=True, kw_only=True)
class WindowOptions:
    """Which of a room's records are held here."""

    window: Annotated[
        str,
        typer.Option(
            envvar="PEERSET_WINDOW",
            metavar="TIME",
            help="Keep the content of the newest days only, such as 7d; no other rule, and nobody else's matter.",
            show_default=False,
        ),
    ] = ""
