"""The command line as a whole: its verbs, its global options, and how errors become exit codes."""

import logging
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Annotated, Final

import typer

from peerset.cli import (
    bans,
    demo,
    doctor,
    explain,
    keys,
    mutes,
    policy,
    quarantine,
    records,
    replay,
    rooms,
    serve,
    tracker,
    transfer,
)
from peerset.cli.exits import ExitCode, describe_exit_codes, exit_code_of
from peerset.cli.options import spread
from peerset.cli.output import StderrHandler, printable, remark
from peerset.cli.streams import discard_output, fill_closed
from peerset.errors import PeersetError

Verb = Callable[..., None]

SHARING_VERBS: Final[dict[str, Verb]] = {
    "join": rooms.join,
    "watch": rooms.watch,
    "publish": records.publish,
    "records": records.records,
    "delete": records.delete,
    "export": transfer.export,
    "import": transfer.import_,
    "gc": transfer.gc,
    "doctor": doctor.doctor,
}
"""These share the options of `peerset.cli.options`."""

OTHER_VERBS: Final[dict[str, Verb]] = {
    "tracker": tracker.tracker,
    "serve": serve.serve,
    "demo": demo.demo,
}

KEY_VERBS: Final[dict[str, Verb]] = {
    "new": keys.new,
    "import": keys.import_,
    "export": keys.export,
    "show": keys.show,
}

POLICY_VERBS: Final[dict[str, Verb]] = {
    "list": policy.list_,
    "check": policy.check,
    "dry-run": policy.dry_run,
    "explain": spread(explain.explain),
    "replay": spread(replay.replay),
}

GROUPS: Final[dict[str, tuple[str, dict[str, Verb]]]] = {
    "keys": ("The keys one can sign with.", KEY_VERBS),
    "policy": ("Moderation policies.", POLICY_VERBS),
    "bans": (
        "Whose sessions are refused here.",
        {"list": spread(bans.list_), "add": spread(bans.add), "lift": spread(bans.lift)},
    ),
    "quarantine": (
        "What view policies hide here.",
        {
            "list": spread(quarantine.list_),
            "release": spread(quarantine.release),
            "purge": spread(quarantine.purge),
        },
    ),
    "mutes": (
        "Authors whose records are not shown here.",
        {"list": spread(mutes.list_), "add": spread(mutes.add), "remove": spread(mutes.remove)},
    ),
}
"""Verbs of two words: what the first is about, and what may follow it."""

EPILOG: Final = f"\b\nExit codes:\n{describe_exit_codes()}\n\nEverything about a verb: peerset VERB --help"


@dataclass(slots=True)
class Errors:
    """How errors are shown; set by the global options."""

    with_traceback: bool = False


def main() -> None:
    """Run the command line; the process ends with a documented exit code."""
    fill_closed()
    errors = Errors()
    try:
        try:
            build(errors)(prog_name="peerset")
        finally:
            sys.stdout.flush()
    except OSError as error:
        # What else the outside does wrong is translated where it happens: this is a standard stream, full or gone.
        discard_output()
        remark(f"peerset: cannot write to standard output: {error.strerror}")
        sys.exit(ExitCode.FAILED)
    except PeersetError as error:
        if errors.with_traceback:
            traceback.print_exception(error)
        remark(f"peerset: {printable(str(error), characters_max=2_000)}")
        sys.exit(exit_code_of(error))


def build(errors: Errors) -> typer.Typer:
    """Put the verbs together."""
    app = typer.Typer(
        name="peerset",
        help="A WebRTC swarm database: peers meet on public trackers and keep one set of signed records in sync.",
        epilog=EPILOG,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )

    def settings(
        *,
        verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what happens.")] = False,
        debug: Annotated[bool, typer.Option("--debug", help="Log every step, and show tracebacks.")] = False,
        version: Annotated[
            bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=tell_version)
        ] = False,
    ) -> None:
        del version
        errors.with_traceback = debug
        log_to_stderr(logging.DEBUG if debug else logging.INFO if verbose else logging.WARNING)

    app.callback()(settings)
    for name, verb in SHARING_VERBS.items():
        app.command(name)(spread(verb))
    for name, verb in OTHER_VERBS.items():
        app.command(name)(verb)
    app.command("demo-peer", hidden=True)(demo.demo_peer)
    app.command("version")(show_version)
    for group, (text, verbs) in GROUPS.items():
        group_app = typer.Typer(help=text, no_args_is_help=True, rich_markup_mode=None)
        for name, verb in verbs.items():
            group_app.command(name)(verb)
        app.add_typer(group_app, name=group)
    return app


def tell_version(is_asked: bool) -> None:
    """Print the version and end, when that is asked."""
    if is_asked:
        show_version()
        raise typer.Exit


def show_version() -> None:
    """Print the version."""
    typer.echo(f"peerset {version('peerset')}")


def log_to_stderr(level: int) -> None:
    """Show log lines of peerset from *level* on."""
    handler = StderrHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("peerset")
    logger.handlers = [handler]
    logger.setLevel(level)
