"""The options before the verb: what is logged, and how errors are shown."""

import logging
from dataclasses import dataclass
from typing import Annotated

import typer

from peerset.cli.output import StderrHandler
from peerset.cli.version import show


@dataclass(slots=True)
class Errors:
    """How errors are shown; set by the global options, which find it as typer's object."""

    with_traceback: bool = False


def tell_version(is_asked: bool) -> None:
    """Print the version and end, when that is asked."""
    if is_asked:
        show()
        raise typer.Exit


def start(
    context: typer.Context,
    *,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what happens.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Log every step, and show tracebacks.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=tell_version)
    ] = False,
) -> None:
    """Prepare what every verb needs."""
    del version
    if isinstance(context.obj, Errors):
        context.obj.with_traceback = debug
    log_to_stderr(logging.DEBUG if debug else logging.INFO if verbose else logging.WARNING)


def log_to_stderr(level: int) -> None:
    """Show log lines of peerset from *level* on."""
    handler = StderrHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("peerset")
    logger.handlers = [handler]
    logger.setLevel(level)
