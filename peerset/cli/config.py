"""``peerset config``: what is set, and by whom."""

import json as json_text
import os
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Annotated

import typer

from peerset.cli.building import all_settings, command_of
from peerset.cli.options import JsonOption
from peerset.cli.origin import Chosen, Origins, Source, read_files, settings_paths
from peerset.cli.output import discreet, printable, remark, write
from peerset.cli.setting import SECRETS, Setting
from peerset.cli.settings import Words
from peerset.cli.verbs import VERBS, verbs_by_words
from peerset.errors import ConfigError

WordsArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[VERB] [OPTIONS OF IT]", help="Only this verb's settings, with these options of it."),
]


def show(context: typer.Context, words: WordsArgument = None, *, json: JsonOption = False) -> None:
    """Show each setting of a verb, or of all: its value, and who says so.

    The command line wins over the environment, that over files, and these over defaults. Secrets are never shown.
    """
    named = context.params.get("config") or context.find_root().params.get("config") or ""
    origins = Origins(read_files(str(named), all_settings()))
    verb, rest = _parse(words or [])
    flags = _flags_of(verb, rest) if verb else {}
    for each, settings in all_settings().items():
        if verb in (each, ()):
            for setting in settings:
                chosen = origins.choose(setting, flag=flags.get(setting.argument))
                write(_row(chosen), line=_line(chosen), as_json=json)
    for variable in _secrets_of(all_settings()[verb] if verb else None):
        row = {"verb": "", "setting": variable, "value": None, "source": _source_of(variable).value, "where": variable}
        write(
            row,
            line=f"{variable} {'is set, and not shown' if os.environ.get(variable) else 'is not set'}",
            as_json=json,
        )


def path(context: typer.Context, *, json: JsonOption = False) -> None:
    """Show which files are read for settings, the one that wins first."""
    named = context.params.get("config") or context.find_root().params.get("config") or ""
    for each in settings_paths(str(named)):
        is_there = each.exists()
        write({"path": discreet(str(each)), "exists": is_there}, line=discreet(str(each)), as_json=json)
        if not is_there and not json:
            remark(f"there is no {each}")


def _parse(words: Sequence[str]) -> tuple[Words, list[str]]:
    """Part *words* into a verb and its options.

    Raises:
        ConfigError: there is no such verb.

    """
    known = [each for each, _ in verbs_by_words() if each in all_settings()]
    for length in (2, 1):
        if tuple(words[:length]) in known:
            return tuple(words[:length]), list(words[length:])
    if not words or words[0].startswith("-"):
        if words:
            raise ConfigError(f"name the verb before its options: peerset config show VERB {words[0]}")
        return (), []
    if words[0] in VERBS:
        raise ConfigError(f"{words[0]} has verbs of its own: {', '.join(VERBS[words[0]].verbs)}")
    near = get_close_matches(words[0], [each[0] for each in known], n=1)
    raise ConfigError(f"there is no verb {words[0]!r}" + (f": did you mean {near[0]!r}?" if near else ""))


def _flags_of(words: Words, arguments: list[str]) -> dict[str, object]:
    """Read what the command line *arguments* set of the verb *words*."""
    command = command_of(words, dict(verbs_by_words())[words])
    parser = command.make_parser(typer.Context(command, info_name=" ".join(words)))
    given, _, _ = parser.parse_args(list(arguments))
    settings = {setting.argument: setting for setting in all_settings()[words]}
    return {
        name: _read(settings[name], value) for name, value in given.items() if name in settings and value is not None
    }


def _read(setting: Setting, value: object) -> object:
    if isinstance(value, bool):
        return value
    if setting.is_list and isinstance(value, list | tuple):
        return setting.read(json_text.dumps(list(value)))
    return setting.read(str(value))


def _secrets_of(settings: list[Setting] | None) -> list[str]:
    flags = None if settings is None else {setting.flag for setting in settings if setting.is_shared}
    return [variable for variable, flag in SECRETS.items() if flags is None or flag in flags]


def _source_of(variable: str) -> Source:
    return Source.ENVIRONMENT if os.environ.get(variable) else Source.DEFAULT


def _row(chosen: Chosen) -> dict[str, object]:
    value = chosen.value
    shown = [discreet(str(each)) for each in value] if isinstance(value, list) else value
    return {
        "verb": " ".join(chosen.setting.words),
        "setting": chosen.setting.name,
        "value": discreet(str(shown)) if not isinstance(shown, bool | int | float | list | None) else shown,
        "source": chosen.source.value,
        "where": chosen.where,
    }


def _line(chosen: Chosen) -> str:
    row = _row(chosen)
    value = ", ".join(map(str, row["value"])) if isinstance(row["value"], list) else row["value"]
    value = "-" if value in (None, "") else value
    added = chosen.where.startswith("added")
    source = f"{chosen.source.value}{',' if added else ''} {chosen.where}".rstrip()
    return printable(f"{row['verb']} {row['setting']}".lstrip() + f" = {value}  ({source})")
