"""The command line as a whole: its verbs, and how errors become exit codes."""

import logging
import sys
import traceback
from collections.abc import Mapping
from typing import Any, Final

import typer
import typer.main
from typer.core import TyperCommand, TyperGroup

from peerset.cli.building import command_of, settable
from peerset.cli.exits import ExitCode, describe_exit_codes, exit_code_of
from peerset.cli.output import discreet, printable, remark
from peerset.cli.plain import PlainGroup
from peerset.cli.setting import settings_of
from peerset.cli.start import Errors, start
from peerset.cli.streams import discard_output, fill_closed, tolerate_text
from peerset.cli.verbs import VERBS, Verb
from peerset.errors import PeersetError

EPILOG: Final = f"\b\nExit codes:\n{describe_exit_codes()}\n\nEverything about a verb: peerset VERB --help"


USAGE_ERROR: Final[type[Exception]] = typer.BadParameter.__mro__[1]
"""What typer raises for a wrong use; it shows the whole family itself."""


class VerbGroup(PlainGroup):
    """Knows its verbs by name and purpose, and loads one when it is run: help and completion load none."""

    verbs: Mapping[str, Verb] = {}
    words: tuple[str, ...] = ()
    usual: str = ""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - typer's own, handed on
        super().__init__(**settings)
        for word, verb in self.verbs.items():
            # Lists show its text and need no more; a verb of two words is looked into by completion, too.
            self.commands[word] = (
                group_of(word, verb) if verb.verbs else TyperCommand(word, short_help=verb.text, hidden=verb.is_hidden)
            )

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - typer's types are private
        """Run the verb; what is wrong with how it was called is told without any secret."""
        try:
            return super().invoke(ctx)
        except USAGE_ERROR as error:
            error.message = discreet(error.message)  # type: ignore[attr-defined]  # every error of typer has one
            raise

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's types are private
        """Take *args*; the usual verb is meant where they name none."""
        if self.usual and (not args or (args[0].startswith("-") and args[0] != "--help")):
            args = [self.usual, *args]
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - typer's types are private
        """Choose the verb that *args* name, and load it."""
        word, command, rest = super().resolve_command(ctx, args)
        verb = self.verbs.get(word or "")
        if word and verb and not verb.verbs:
            command = self.commands[word] = command_of((*self.words, word), verb)
        return word, command, rest


def main() -> None:
    """Run the command line; the process ends with a documented exit code."""
    fill_closed()
    tolerate_text()
    errors = Errors()
    try:
        try:
            build()(prog_name="peerset", obj=errors)
        finally:
            sys.stdout.flush()
    except OSError as error:
        if error.filename is not None:
            remark(f"peerset: {printable(str(error.filename))} cannot be used: {error.strerror}", level=logging.ERROR)
            sys.exit(ExitCode.USAGE)
        # What else the outside does wrong is translated where it happens: this is a standard stream, full or gone.
        discard_output()
        remark(f"peerset: cannot write to standard output: {error.strerror}", level=logging.ERROR)
        sys.exit(ExitCode.FAILED)
    except PeersetError as error:
        if errors.with_traceback:
            remark("".join(traceback.format_exception(error)))
        remark(f"peerset: {printable(str(error), characters_max=2_000)}", level=logging.ERROR)
        sys.exit(exit_code_of(error))


def build() -> Any:  # noqa: ANN401 - typer's types are private
    """Put the verbs together."""
    app = typer.Typer(
        name="peerset",
        cls=type("PeersetVerbs", (VerbGroup,), {"verbs": VERBS}),
        help="A WebRTC swarm database: peers meet on public trackers and keep one set of signed records in sync.",
        epilog=EPILOG,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(settable(settings_of((), start), start))
    return typer.main.get_command(app)


def group_of(word: str, verb: Verb) -> TyperGroup:
    """Build the group of verbs whose first word is *word*."""
    kind = type(f"{word.title()}Verbs", (VerbGroup,), {"verbs": verb.verbs, "words": (word,), "usual": verb.usual})
    group: TyperGroup = kind(
        name=word, help=verb.text, short_help=verb.text, no_args_is_help=not verb.usual, rich_markup_mode=None
    )
    return group
