"""Makes commands of verbs, with options that the environment and files can set as well."""

import copy
import inspect
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from typing import Annotated, Any, Final, get_args, get_type_hints

import typer
import typer.main
from typer.core import TyperCommand

from peerset.cli.loading import load
from peerset.cli.plain import PlainCommand
from peerset.cli.setting import (
    CONFIG_VARIABLE,
    Setting,
    option_of,
    settings_of,
    variable_of,
)
from peerset.cli.start import start
from peerset.cli.verbs import Verb, verbs_by_words

CONFIG_HELP: Final = f"Read settings from this file alone, not from the usual ones; or set {CONFIG_VARIABLE}."


GIVEN_POLICIES: Final = "peerset.policies"
"""Where a context keeps the policies that files name, and those that files and variables name."""

Words = tuple[str, ...]


def function_of(verb: Verb) -> Callable[..., None]:
    """Load what *verb* runs, each of its options an argument."""
    function: Callable[..., None] = load(verb.place)
    return spread(function) if "options" in inspect.signature(function).parameters else function


@cache
def all_settings() -> Mapping[Words, list[Setting]]:
    """Give all there is to set; this loads every verb, though not what it runs on."""
    found: dict[Words, list[Setting]] = {(): settings_of((), start)}
    for words, verb in verbs_by_words():
        if not verb.is_hidden:
            found[words] = settings_of(words, function_of(verb))
    return found


def command_of(words: Words, verb: Verb) -> TyperCommand:
    """Build the command of *verb*, which is called by *words*."""
    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    function = function_of(verb)
    settings = [] if verb.is_hidden else settings_of(words, function)
    context = {"ignore_unknown_options": True} if verb.takes_flags else None
    app.command(
        words[-1],
        cls=PlainCommand,
        hidden=verb.is_hidden,
        context_settings=context,
        epilog=_epilog(words) if settings else None,
    )(settable(settings, function) if settings else function)
    command: TyperCommand = typer.main.get_command(app)  # type: ignore[assignment]  # one verb is no group
    return command


def settable(settings: list[Setting], function: Callable[..., None]) -> Callable[..., None]:
    """Let the options of *function*, which are *settings*, be set by variables and files, too."""
    hints = get_type_hints(function, include_extras=True)

    def choose(context: typer.Context, value: str) -> str:
        if not context.resilient_parsing:
            # What files say is looked for when a verb runs: --help wants none of them.
            load("peerset.cli.defaults:set_defaults")(context, settings, value or _named_before(context))
        return value

    def call(**arguments: object) -> None:
        del arguments["config"]
        for setting in settings:
            value = arguments[setting.argument]
            if isinstance(value, float):
                setting.check(value)
        function(**arguments)

    option = typer.Option(
        "--config", metavar="FILE", is_eager=True, callback=choose, help=CONFIG_HELP, show_default=False
    )
    hints = {name: _without_variable(hint) for name, hint in hints.items()} | {"config": Annotated[str, option]}
    parameters = [
        each.replace(annotation=hints[each.name], kind=inspect.Parameter.KEYWORD_ONLY)
        for each in inspect.signature(function).parameters.values()
    ]
    added = inspect.Parameter("config", inspect.Parameter.KEYWORD_ONLY, default="", annotation=hints["config"])
    call.__doc__ = function.__doc__
    call.__signature__ = inspect.Signature([*parameters, added])  # type: ignore[attr-defined]  # functions may carry one
    call.__annotations__ = hints
    return call


def _without_variable(hint: Any) -> Any:  # noqa: ANN401 - annotations are of every kind
    """Show a variable in the help only: which ones are read, and which wins, is decided in one place."""
    option = option_of(hint)
    if option is None or not option.envvar:
        return hint
    shown = copy.copy(option)
    shown.envvar, shown.help = None, f"{option.help} [{option.envvar}]"
    return Annotated[get_args(hint)[0], shown]


def _named_before(context: typer.Context) -> str:
    return str(context.find_root().params.get("config") or "")


def _epilog(words: Words) -> str:
    example = variable_of(*words, "option")
    return f"Every option can also be set by {example} or in a file: peerset config show {' '.join(words)}"


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """Let typer see each field of *command*'s ``options`` argument as an option of its own."""
    hints = get_type_hints(command, include_extras=True)
    kind = hints.pop("options")
    shared = get_type_hints(kind, include_extras=True)
    names = [field.name for field in fields(kind)]

    def gather(**arguments: object) -> None:
        options = kind(**{name: arguments.pop(name) for name in names})
        command(options=options, **arguments)

    own = [each for each in inspect.signature(command).parameters.values() if each.name != "options"]
    given = [each.replace(annotation=hints[each.name], kind=inspect.Parameter.KEYWORD_ONLY) for each in own]
    added = [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=shared[field.name]
        )
        for field in fields(kind)
    ]
    gather.__doc__ = command.__doc__
    gather.__signature__ = inspect.Signature([*given, *added])  # type: ignore[attr-defined]  # functions may carry one
    gather.__annotations__ = {**hints, **shared}
    return gather
