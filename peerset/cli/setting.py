"""One option of a verb as a setting: what it is called in the environment and in files, and which values it takes."""

import inspect
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

from typer.models import OptionInfo

from peerset.cli.output import discreet
from peerset.errors import ConfigError

PREFIX: Final = "PEERSET"
POLICY: Final = "policy"
"""The one option whose values add to those of the file: no flag takes a room's policies away."""

CONFIG_VARIABLE: Final = "PEERSET_CONFIG"
PASSPHRASE_VARIABLE = "PEERSET_PASSPHRASE"  # noqa: S105 - the variable's name, not a secret
NSEC_VARIABLE = "PEERSET_NSEC"
BACKUP_VARIABLE = "PEERSET_BACKUP_PASSPHRASE"
PASSWORD_VARIABLE = "PEERSET_PASSWORD"  # noqa: S105 - the variable's name, not a secret
SEAL_VARIABLE = "PEERSET_SEAL"
TURN_USERNAME_VARIABLE = "PEERSET_TURN_USERNAME"
TURN_CREDENTIAL_VARIABLE = "PEERSET_TURN_CREDENTIAL"

SECRETS: Final[Mapping[str, str]] = {
    NSEC_VARIABLE: "key",
    PASSPHRASE_VARIABLE: "key",
    BACKUP_VARIABLE: "passphrase-file",
    PASSWORD_VARIABLE: "password-file",
    SEAL_VARIABLE: "seal-file",
    TURN_USERNAME_VARIABLE: "ice-server",
    TURN_CREDENTIAL_VARIABLE: "ice-server",
}
"""The variables that hold a secret, each with the option it belongs to; no option or file takes one itself."""

_TRUE: Final = {"1", "true", "yes", "on"}
_FALSE: Final = {"0", "false", "no", "off"}
_KINDS: Final = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}


@dataclass(frozen=True, slots=True)
class Setting:
    """One option of one verb."""

    words: tuple[str, ...]
    """The verb; empty for the options before it."""
    argument: str
    """The name in Python."""
    flag: str
    """The option without its dashes, such as ``ice-server``."""
    kind: type
    """bool, int, float or str, of each value if it is a list."""
    is_list: bool
    is_shared: bool
    """Whether it means the same for every verb that has it, so that it can be set for all of them at once."""
    is_time: bool
    default: object
    least: float | None
    most: float | None

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called in files: the flag, or the plural of one that may be repeated."""
        # A gerund, such as signaling, has no plural.
        if not self.is_list or self.flag.endswith("ing"):
            return (self.flag,)
        plural = f"{self.flag[:-1]}ies" if self.flag.endswith("y") else f"{self.flag}s"
        return (plural, self.flag)

    @property
    def name(self) -> str:
        """What it is usually called."""
        return self.names[0]

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that set it, the one that wins first."""
        scopes = [self.words, ()] if self.is_shared and self.words else [self.words]
        return tuple(variable_of(*words, name) for words in scopes for name in self.names)

    def read(self, text: str) -> object:
        """Read the value that a variable holds; a list has blanks between its values, or is written as JSON.

        Raises:
            ConfigError: it is no value of this kind.

        """
        if not self.is_list:
            return self._in_range(self._read_one(text))
        return [self._in_range(self._read_one(each)) for each in _split(text)]

    def check(self, value: object) -> object:
        """Take the *value* that a file gives; a single one stands for a list of one.

        Raises:
            ConfigError: it is of another kind.

        """
        if not self.is_list:
            return self._in_range(self._check_one(value))
        return [self._in_range(self._check_one(each)) for each in (value if isinstance(value, list) else [value])]

    def _read_one(self, text: str) -> object:
        if self.kind is bool:
            word = text.strip().lower()
            if word in _TRUE | _FALSE:
                return word in _TRUE
            raise self._wrong(text)
        try:
            return self.kind(text)
        except ValueError:
            raise self._wrong(text) from None

    def _check_one(self, value: object) -> object:
        match value:
            case bool():
                fits = self.kind is bool
            case int():
                fits = self.kind in (int, float) or self.is_time
            case float():
                fits = self.kind is float
            case str():
                fits = self.kind is str
            case date():  # datetime is one, too
                fits = self.is_time
            case dict() if self.flag == POLICY:
                return command_spec(value)
            case _:
                fits = False
        if not fits:
            raise self._wrong(value)
        return str(value) if self.is_time else value

    def _in_range(self, value: object) -> object:
        if isinstance(value, float) and not math.isfinite(value):
            raise self._wrong(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            least, most = self.least, self.most
            if (least is not None and value < least) or (most is not None and value > most):
                limits = [f"at least {least:g}"] if least is not None else []
                limits += [f"at most {most:g}"] if most is not None else []
                raise ConfigError(f"{self.name} is {' and '.join(limits)}, not {value}")
        return value

    def _wrong(self, value: object) -> ConfigError:
        article = "a list, each " if self.is_list else ""
        more = '; or a table such as { command = ["node", "judge.mjs"] }' if self.flag == POLICY else ""
        return ConfigError(f"{self.name} is {article}{_KINDS[self.kind]}{more}, not {discreet(str(value))!r}")


def settings_of(words: tuple[str, ...], function: Callable[..., None]) -> list[Setting]:
    """Give the settings of the verb *words*: every option of its *function*."""
    return list(_settings(words, function))


def variable_of(*parts: str) -> str:
    """Give the variable called by *parts*."""
    return "_".join((PREFIX, *parts)).upper().replace("-", "_")


def option_of(hint: object) -> OptionInfo | None:
    """Give the option that the annotation *hint* declares, if it does."""
    found = [each for each in get_args(hint)[1:] if isinstance(each, OptionInfo)]
    return found[0] if get_origin(hint) is Annotated and found else None


def command_spec(table: dict[str, Any]) -> str:
    """Give the spec of a policy in a process of its own, which a file writes as a table.

    Raises:
        ConfigError: it names no command, or has a setting that is no JSON.

    """
    argv = table.get("command")
    if not isinstance(argv, list):
        raise ConfigError('a table among the policies is one such as { command = ["node", "judge.mjs"] }')
    settings = {name: value for name, value in table.items() if name != "command"}
    try:
        return "command:" + json.dumps({**settings, "argv": argv}, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"the command {argv!r} has a setting that is no JSON: {error}") from error


def _settings(words: tuple[str, ...], function: Callable[..., None]) -> Iterator[Setting]:
    hints = get_type_hints(function, include_extras=True)
    for name, parameter in inspect.signature(function).parameters.items():
        option = option_of(hints[name])
        if option is None or option.is_eager:
            continue
        kind, is_list = _kind_of(get_args(hints[name])[0])
        yield Setting(
            words=words,
            argument=name,
            flag=_flag_of(name, option),
            kind=kind,
            is_list=is_list,
            is_shared=bool(option.envvar) or not words,
            is_time=option.metavar == "TIME",
            default=parameter.default,
            least=option.min,
            most=option.max,
        )


def _kind_of(hint: object) -> tuple[type, bool]:
    """Take apart what an annotation says, such as ``list[str] | None``."""
    if get_origin(hint) is list:
        return get_args(hint)[0], True
    if inspect.isclass(hint):
        return (str if issubclass(hint, Path) else hint), False
    (inner,) = (each for each in get_args(hint) if each is not NoneType)
    return _kind_of(inner)


def _flag_of(name: str, option: OptionInfo) -> str:
    # Within Annotated, typer takes the first name for a default.
    written = [each for each in (option.default, *(option.param_decls or ())) if isinstance(each, str)]
    flags = [each.partition("/")[0] for each in written if each.startswith("--")]
    return flags[0].removeprefix("--") if flags else name.replace("_", "-")


def _split(text: str) -> list[str]:
    if not text.lstrip().startswith("["):
        return text.split()
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, list) or not all(isinstance(each, str | int) for each in values):
        raise ConfigError("a list begins with [, and is then written as JSON, such as " + '["a", "b"]')
    return [str(each) for each in values]
