"""Makes commands of verbs, with options that the environment and files can set as well."""

import copy
import inspect
import os
from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, Final, get_args, get_type_hints

import typer
import typer.main
from typer.core import TyperCommand

from peerset.cli.loading import load
from peerset.cli.options import GIVEN_POLICIES, spread
from peerset.cli.origin import CONFIG_VARIABLE, Origins, Source, mistyped, read_files, settings_paths
from peerset.cli.output import remark
from peerset.cli.secret import SECRETS
from peerset.cli.setting import POLICY, PREFIX, Setting, option_of, settings_of, variable_of
from peerset.cli.settings import SettingsFile, Words
from peerset.cli.start import start
from peerset.cli.verbs import Verb, verbs_by_words
from peerset.errors import ConfigError

CONFIG_HELP: Final = f"Read settings from this file alone, not from the usual ones; or set {CONFIG_VARIABLE}."


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
        words[-1], hidden=verb.is_hidden, context_settings=context, epilog=_epilog(words) if settings else None
    )(settable(settings, function) if settings else function)
    command: TyperCommand = typer.main.get_command(app)  # type: ignore[assignment]  # one verb is no group
    return command


def settable(settings: list[Setting], function: Callable[..., None]) -> Callable[..., None]:
    """Let the options of *function*, which are *settings*, be set by variables and files, too."""
    hints = get_type_hints(function, include_extras=True)

    def choose(context: typer.Context, value: str) -> str:
        if not context.resilient_parsing:
            _set_defaults(context, settings, value or _named_before(context))
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


def _set_defaults(context: typer.Context, settings: list[Setting], named: str) -> None:
    try:
        origins = Origins(_files(named))
    except ConfigError:
        # The verb that follows says so; those that set nothing, and --help, need no file.
        if context.parent is None:
            return
        raise
    chosen = {each.argument: origins.choose(each) for each in settings}
    context.default_map = {
        name: each.value
        for name, each in chosen.items()
        if each.source is not Source.DEFAULT and each.setting.flag != POLICY
    }
    for each in settings:
        if each.flag == POLICY:
            context.meta[GIVEN_POLICIES] = origins.policies(each)
    if context.parent is not None:
        _warn_of_mistyped(settings)


def _files(named: str) -> list[SettingsFile]:
    # What all verbs know takes a while to find out, and is wanted only where a file has to be checked.
    are_wanted = bool(named or os.environ.get(CONFIG_VARIABLE)) or any(map(os.path.lexists, settings_paths("")))
    return read_files(named, all_settings()) if are_wanted else []


def _warn_of_mistyped(settings: list[Setting]) -> None:
    known = {CONFIG_VARIABLE, *SECRETS, *(name for each in settings for name in each.variables)}
    if all(name in known for name in os.environ if name.startswith(f"{PREFIX}_")):
        return
    for name, near in mistyped(os.environ, all_settings(), list(SECRETS)):
        remark(f"the variable {name} sets nothing: did you mean {near}?")


def _epilog(words: Words) -> str:
    example = variable_of(*words, "option")
    return f"Every option can also be set by {example} or in a file: peerset config show {' '.join(words)}"
