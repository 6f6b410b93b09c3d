"""What a verb is given where the command line says nothing: by the environment, or by a file of settings."""

import os
from collections.abc import Sequence

import typer

from peerset.cli.building import GIVEN_POLICIES, all_settings
from peerset.cli.origin import Origins, Source, mistyped, read_files, settings_paths
from peerset.cli.output import remark
from peerset.cli.setting import CONFIG_VARIABLE, POLICY, PREFIX, SECRETS, Setting
from peerset.cli.settings import SettingsFile
from peerset.errors import ConfigError


def set_defaults(context: typer.Context, settings: Sequence[Setting], named: str) -> None:
    """Set the defaults of *context* as the environment and the files say, or the one that is *named*.

    Raises:
        ConfigError: one of them says what it may not.

    """
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


def _warn_of_mistyped(settings: Sequence[Setting]) -> None:
    known = {CONFIG_VARIABLE, *SECRETS, *(name for each in settings for name in each.variables)}
    if all(name in known for name in os.environ if name.startswith(f"{PREFIX}_")):
        return
    for name, near in mistyped(os.environ, all_settings(), list(SECRETS)):
        remark(f"the variable {name} sets nothing: did you mean {near}?")
