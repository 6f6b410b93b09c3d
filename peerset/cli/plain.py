"""Takes plain values without pydantic, by which typer judges each: it takes as long to load as all that reads a room.

What is not plain, and so every error, is left to typer.
"""

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final, get_args, get_origin

from typer.core import TyperCommand, TyperGroup

_NUMBERS: Final = {int: re.compile(r"-?[0-9]{1,15}"), float: re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")}


class NotPlainError(Exception):
    """Typer is to judge."""


class Plain:
    """Judges the values of one parameter; *judge* gives what typer judges them by."""

    def __init__(self, judge: Callable[[], Any]) -> None:
        self._judge = judge

    def coerce(self, value: object, param: Any, ctx: Any) -> object:  # noqa: ANN401 - typer's types are private
        """Give *value* of the kind that *param* is declared with, as typer would."""
        try:
            return _plain(value, param)
        except NotPlainError:
            return self._judge().coerce(value, param=param, ctx=ctx)


class PlainCommand(TyperCommand):
    """A command that takes plain values so."""

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401 - typer's types are private
        """Give its parameters, that of ``--help`` among them."""
        return _taking_plain(super().get_params(ctx))


class PlainGroup(TyperGroup):
    """A group of commands that takes plain values so."""

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401 - typer's types are private
        """Give its parameters, that of ``--help`` among them."""
        return _taking_plain(super().get_params(ctx))


def _taking_plain(params: Iterable[Any]) -> list[Any]:
    """Let *params* take plain values; those of a typer that judges otherwise stay as they are."""
    found = list(params)
    for each in found:
        if hasattr(each, "get_runtime_param") and "get_runtime_param" not in vars(each):
            each.get_runtime_param = partial(Plain, each.get_runtime_param)
    return found


def _plain(value: object, param: Any) -> object:  # noqa: ANN401 - typer's types are private
    is_several = param.multiple or param.nargs == -1
    if value is None:
        return () if is_several else None
    kind, info = param.type_descriptor.annotation, param.type_descriptor.parameter_info
    if info.parser is not None or is_several != (get_origin(kind) is list):
        raise NotPlainError
    if not is_several:
        return _plain_one(value, kind, info)
    if not isinstance(value, list | tuple):
        raise NotPlainError
    return [_plain_one(each, get_args(kind)[0], info) for each in value]


def _plain_one(value: object, kind: object, info: Any) -> object:  # noqa: ANN401 - typer's types are private
    if kind in (str, bool) and type(value) is kind:
        return value
    if kind is int or kind is float:
        return _number(value, kind, info)
    raise NotPlainError


def _number(value: object, kind: type[int | float], info: Any) -> int | float:  # noqa: ANN401 - typer's types are private
    if isinstance(value, str) and _NUMBERS[kind].fullmatch(value):
        value = kind(value)
    if type(value) is not kind or not _in_range(value, info):
        raise NotPlainError
    return value


def _in_range(value: int | float, info: Any) -> bool:  # noqa: ANN401 - typer's types are private
    return (info.min is None or value >= info.min) and (info.max is None or value <= info.max)
