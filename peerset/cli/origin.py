"""Which value a setting has, and who says so: the command line, else the environment, else a file, else nobody."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from pathlib import Path
from typing import Final

import platformdirs

from peerset.cli.setting import CONFIG_VARIABLE, POLICY, PREFIX, Setting
from peerset.cli.settings import Line, Settings, SettingsFile, read_settings
from peerset.errors import ConfigError

HERE: Final = Path("peerset.toml")
"""The settings of a working directory."""
NEARNESS: Final = 0.85
"""A variable that nobody reads, and is so near to one of ours, is taken for a mistyped one."""


class Source(Enum):
    """Who says so; what stands first wins."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The value of one setting."""

    setting: Setting
    value: object
    source: Source
    where: str = ""
    """The variable, or the file and line."""


def user_path() -> Path:
    """Give the place of the user's own file on this platform."""
    return platformdirs.user_config_path("peerset", appauthor=False) / "config.toml"


def settings_paths(named: str, environment: Mapping[str, str] = os.environ) -> list[Path]:
    """Give where settings are looked for, what wins first: in the file *named*, or in those of the usual places."""
    only = named or environment.get(CONFIG_VARIABLE, "")
    return [Path(only)] if only else [HERE, user_path()]


class Origins:
    """The environment and the files, as one verb finds them."""

    def __init__(self, files: Sequence[SettingsFile], environment: Mapping[str, str] = os.environ) -> None:
        self._files = files
        self._environment = environment

    def choose(self, setting: Setting, *, flag: object = None) -> Chosen:
        """Say which value *setting* has; *flag* is what the command line gave, if it did.

        Raises:
            ConfigError: what a variable holds is no value of it.

        """
        near = self._nearest(setting, flag)
        if setting.flag != POLICY or near is None or near.source is Source.FILE:
            return near or self._in_files(setting) or Chosen(setting, setting.default, Source.DEFAULT)
        added = self._in_files(setting)
        if added is None:
            return near
        where = f"{near.where}, added to {added.where}".removeprefix(", ")
        return Chosen(setting, [*_texts(added), *_texts(near)], near.source, where)

    def policies(self, setting: Setting) -> tuple[list[str], list[str]]:
        """Give the policies to which the command line adds, and all there are when it adds none."""
        return _texts(self._in_files(setting)), _texts(self.choose(setting))

    def _nearest(self, setting: Setting, flag: object) -> Chosen | None:
        if flag is not None:
            return Chosen(setting, flag, Source.FLAG)
        given = [name for name in setting.variables if self._environment.get(name)]
        if not given:
            return None
        try:
            value = setting.read(self._environment[given[0]])
        except ConfigError as error:
            raise ConfigError(f"{given[0]}: {error}") from error
        return Chosen(setting, value, Source.ENVIRONMENT, given[0])

    def _in_files(self, setting: Setting) -> Chosen | None:
        for file in self._files:
            found = file.find(setting)
            if found is not None:
                value, line = found
                return Chosen(setting, value, Source.FILE, _place(file, line, setting))
        return None


def read_files(named: str, known: Settings, environment: Mapping[str, str] = os.environ) -> list[SettingsFile]:
    """Read and check the files there are; one that is named has to be there.

    Raises:
        ConfigError: one cannot be read, or says what it may not.

    """
    paths = settings_paths(named, environment)
    is_named = paths != settings_paths("", {})
    return [read_settings(path, known) for path in paths if is_named or os.path.lexists(path)]


def mistyped(environment: Mapping[str, str], known: Settings, others: Sequence[str]) -> list[tuple[str, str]]:
    """Give each variable that looks like one of ours and is none, with the one that is near."""
    ours = {name for settings in known.values() for setting in settings for name in setting.variables}
    ours |= {CONFIG_VARIABLE, *others}
    strange = [name for name in sorted(environment) if name.startswith(f"{PREFIX}_") and name not in ours]
    near = [(name, get_close_matches(name, ours, n=1, cutoff=NEARNESS)) for name in strange]
    return [(name, found[0]) for name, found in near if found]


def _texts(chosen: Chosen | None) -> list[str]:
    return [str(each) for each in chosen.value] if chosen is not None and isinstance(chosen.value, list) else []


def _place(file: SettingsFile, line: Line, setting: Setting) -> str:
    is_own = any(line is each for each in file.lines.get(setting.words, ())) and setting.words
    return f"{file.place_of(line)}{', [' + '.'.join(setting.words) + ']' if is_own else ''}"
