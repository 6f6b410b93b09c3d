"""The options before the verb: what is logged, and how errors are shown."""

import logging
from dataclasses import dataclass
from typing import Annotated

import typer

from peerset.cli.log_lines import FORMATTERS, LogForm
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
    log: Annotated[
        str, typer.Option(metavar="FORM", help="How the log is written: text, or json for what gathers logs.")
    ] = LogForm.TEXT.value,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=tell_version)
    ] = False,
) -> None:
    """Prepare what every verb needs."""
    del version
    if isinstance(context.obj, Errors):
        context.obj.with_traceback = debug
    if log not in list(LogForm):
        raise typer.BadParameter(f"the log is written as {' or '.join(LogForm)}, not as {log!r}", param_hint="--log")
    log_to_stderr(logging.DEBUG if debug else logging.INFO if verbose else logging.WARNING, LogForm(log))


def log_to_stderr(level: int, form: LogForm = LogForm.TEXT) -> None:
    """Show log lines of peerset from *level* on."""
    handler = StderrHandler(takes_remarks=form is LogForm.JSON)
    handler.setFormatter(FORMATTERS[form]())
    logger = logging.getLogger("peerset")
    logger.handlers = [handler]
    logger.setLevel(level)
