"""``peerset.toml``: which policies a room has here."""

import json
import tomllib
from pathlib import Path
from typing import Final

from peerset.errors import ConfigError
from peerset.files import read_text

DEFAULT_PATH: Final = Path("peerset.toml")
SETTINGS_BYTES_MAX: Final = 1_048_576


def read_policies(path: Path) -> list[str]:
    """Read the key ``policies`` of the TOML file at *path*: a list of specs such as ``"links:allow=zoom.us"``.

    A policy in a process of its own may stand there as a table, ``{ command = ["node", "judge.mjs"] }``, with the
    settings of `peerset.CommandPolicy` beside; it is given as a spec, too.

    Raises:
        ConfigError: the file cannot be read, or says anything else.

    """
    settings = _parse(path)
    if unknown := sorted(settings.keys() - {"policies"}):
        raise ConfigError(f"{path} sets {unknown[0]!r}, but only 'policies' can be set")
    policies = settings.get("policies", [])
    if not isinstance(policies, list):
        raise _wrong(path)
    return [_spec_of(path, policy) for policy in policies]


def _spec_of(path: Path, policy: object) -> str:
    match policy:
        case str():
            return policy
        case {"command": list() as argv, **settings}:
            try:
                return "command:" + json.dumps({**settings, "argv": argv}, allow_nan=False)
            except (TypeError, ValueError) as error:
                raise ConfigError(f"{path}: the command {argv!r} has a setting that is no JSON: {error}") from error
        case _:
            raise _wrong(path)


def _wrong(path: Path) -> ConfigError:
    return ConfigError(
        f'{path}: policies is a list of texts, such as policies = ["words", "links:allow=zoom.us"], '
        'and of tables such as { command = ["node", "judge.mjs"] }'
    )


def _parse(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(read_text(path, bytes_max=SETTINGS_BYTES_MAX))
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise ConfigError(f"{path} is no TOML: {reason}") from error
