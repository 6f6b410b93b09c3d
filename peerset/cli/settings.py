"""A file of settings, such as ``peerset.toml``: what it sets, and on which line."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from peerset.cli.setting import Setting
from peerset.errors import ConfigError
from peerset.files import read_text

SETTINGS_BYTES_MAX: Final = 65_536

Words = tuple[str, ...]
Settings = Mapping[Words, list[Setting]]
"""All there is to set, for each verb; those before any verb under ()."""


@dataclass(frozen=True, slots=True)
class Line:
    """One value of a file."""

    key: str
    value: object
    number: int
    """Counted from 1."""


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """What one file says; checked, so that every value is one that its setting takes."""

    path: Path
    lines: Mapping[Words, list[Line]]
    """For each section; what stands before the first one under ()."""

    def find(self, setting: Setting) -> tuple[object, Line] | None:
        """Give the value of *setting* and where it stands: in the verb's own section, else on top."""
        for section in (setting.words, ()) if setting.is_shared else (setting.words,):
            for line in self.lines.get(section, []):
                if line.key in setting.names:
                    return setting.check(line.value), line
        return None

    def place_of(self, line: Line) -> str:
        """Say where *line* is."""
        return f"{self.path}, line {line.number}"


def read_settings(path: Path, known: Settings) -> SettingsFile:
    """Read the file at *path*, and check all it says against what is *known*.

    Raises:
        ConfigError: it cannot be read, is no TOML, or sets what there is not; the message names the line.

    """
    text = read_text(path, bytes_max=SETTINGS_BYTES_MAX)
    try:
        tree = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(_syntax_message(path, text, error)) from error
    numbers = _line_numbers(text)
    file = SettingsFile(path, _sections(tree, numbers, {words[:1] for words in known if len(words) > 1}))
    for section, lines in file.lines.items():
        if section and not any(words[: len(section)] == section for words in known):
            near = _near_section(section, known)
            raise ConfigError(f"{path}, line {numbers.get(section, 1)}: there is no verb {' '.join(section)!r}{near}")
        _check_section(file, section, lines, known)
    return file


def _syntax_message(path: Path, text: str, error: Exception) -> str:
    reason = " ".join(str(error).split())
    found = re.search(r" ?\(at (?:line (\d+), column \d+|end of document)\)$", reason)
    if found is None:
        return f"{path} is no TOML: {reason}"
    number = found[1] or len(text.rstrip().split("\n"))
    return f"{path}, line {number}: no TOML: {reason[: found.start()]}"


def _sections(tree: Mapping[str, object], numbers: Mapping[Words, int], groups: set[Words]) -> dict[Words, list[Line]]:
    """Part *tree* into sections: a table on top is one, and so is one below the first word of verbs of two words."""
    found: dict[Words, list[Line]] = {}
    waiting: list[tuple[Words, Mapping[str, object]]] = [((), tree)]
    while waiting:
        section, table = waiting.pop()
        found[section] = []
        for key, value in table.items():
            if isinstance(value, dict) and (not section or section in groups):
                waiting.append(((*section, key), value))
            else:
                found[section].append(Line(key, value, numbers.get((*section, key), 1)))
    return found


def _check_section(file: SettingsFile, section: Words, lines: Iterable[Line], known: Settings) -> None:
    seen: dict[str, str] = {}
    for line in lines:
        setting = _setting_of(file, section, line, known)
        if setting.name in seen:
            raise ConfigError(f"{file.place_of(line)}: {line.key!r} is set by {seen[setting.name]!r} already")
        seen[setting.name] = line.key
        try:
            setting.check(line.value)
        except ConfigError as error:
            raise ConfigError(f"{file.place_of(line)}: {error}") from error


def _setting_of(file: SettingsFile, section: Words, line: Line, known: Settings) -> Setting:
    there = known.get(section, []) if section else shared(known)
    for setting in there:
        if line.key in setting.names:
            return setting
    where = f"[{'.'.join(section)}]" if section else "the top of the file"
    near = _near_key(section, line.key, there, known)
    raise ConfigError(f"{file.place_of(line)}: {line.key!r} cannot be set in {where}{near}")


def shared(known: Settings) -> list[Setting]:
    """Give what can be set for all verbs at once, each once."""
    found: dict[str, Setting] = {}
    for settings in known.values():
        for setting in settings:
            if setting.is_shared:
                found.setdefault(setting.name, setting)
    return list(found.values())


def _near_key(section: Words, key: str, there: list[Setting], known: Settings) -> str:
    names = [name for setting in there for name in setting.names]
    sections = [".".join(words) for words in known if words[:-1] == section and words] if not section else []
    if near := get_close_matches(key.replace("_", "-"), [*names, *sections], n=1):
        return f": did you mean {near[0]!r}?" if near[0] in names else f": did you mean the section [{near[0]}]?"
    takers = [
        ".".join(words)
        for words, settings in known.items()
        if words[: len(section)] == section and any(key in each.names for each in settings)
    ]
    if takers:
        return f": write it under [{takers[0]}]" + (f" or [{takers[1]}]" if len(takers) > 1 else "")
    return f"; there are {', '.join(sorted(setting.name for setting in there))}" if there else ": it has no settings"


def _near_section(section: Words, known: Settings) -> str:
    names = [".".join(words) for words in known if words]
    near = get_close_matches(".".join(section), names, n=1)
    return f": did you mean [{near[0]}]?" if near else ""


def _line_numbers(text: str) -> dict[Words, int]:
    """Say on which line each key and section of *text*, which is TOML, begins.

    TOML is a list of statements that can be parsed one by one; only a value in brackets or triple quotes goes on over
    several lines.
    """
    numbers: dict[Words, int] = {}
    section: Words = ()
    start, statement = 1, ""
    for number, line in enumerate(text.split("\n"), 1):
        start = number if not statement else start
        statement += line + "\n"
        if statement.count("\n") > 1 and not any(end in line for end in ("]", "}", '"""', "'''")):
            continue
        try:
            tree = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue
        is_header = statement.lstrip().startswith("[")
        path = _path_in(tree)
        if is_header:
            section, path = path, ()
        if path or is_header:
            _note(numbers, section, path, start)
        statement = ""
    return numbers


def _note(numbers: dict[Words, int], section: Words, path: Words, number: int) -> None:
    whole = (*section, *path)
    for length in range(1, len(whole) + 1):
        numbers.setdefault(whole[:length], number)


def _path_in(tree: Mapping[str, object]) -> Words:
    for key, value in tree.items():
        return (key, *_path_in(value)) if isinstance(value, dict) else (key,)
    return ()
