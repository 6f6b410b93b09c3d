"""The option that says how much files of a room may take here."""

from dataclasses import dataclass, replace
from typing import Annotated, Final, Self

import typer

from peerset.core.typed import shown
from peerset.drive.limits import Limits
from peerset.errors import ConfigError

USED: Final = "used"
"""What is kept where nobody says what is."""
NAMES: Final = ("blob", "room", "author")


@dataclass(frozen=True, kw_only=True)
class FileLimitOptions:
    """Which files of a room are kept here."""

    with_files: Annotated[
        str,
        typer.Option(
            envvar="PEERSET_WITH_FILES",
            metavar="SPEC",
            help="Keep and give bytes of files: those that are read here (used), or all that anybody writes (all); "
            "with limits, all:blob=64MiB,room=1GiB.",
            show_default=False,
        ),
    ] = ""

    @property
    def with_used(self) -> Self:
        """The same, and at least those that are read here."""
        return self if self.with_files else replace(self, with_files=USED)

    @property
    def limits(self) -> Limits | None:
        """What was said, if anything."""
        return read_spec(self.with_files) if self.with_files else None


def read_spec(spec: str) -> Limits:
    """Read ``used`` or ``all``, after a colon with limits such as ``blob=64MiB``.

    Raises:
        ConfigError: it is none, or a limit is no size.

    """
    keep, colon, rest = spec.partition(":")
    pairs = [part.partition("=") for part in rest.split(",")] if colon else []
    wrong = next((name for name, equals, _ in pairs if name not in NAMES or not equals), None)
    if keep not in (USED, "all") or wrong is not None:
        raise ConfigError(f"files are 'used' or 'all', with limits as in 'all:blob=64MiB,room=1GiB', not {shown(spec)}")
    return Limits(keep=keep, **{name: value for name, _, value in pairs})  # type: ignore[arg-type]  # one of the two
