"""Plain values are taken as typer takes them, and without pydantic; all else is typer's."""

from typing import Annotated, Any

import pytest
import typer
import typer.main
from typer.core import TyperCommand

from peerset.cli.plain import NotPlainError, Plain, PlainCommand

VALUES: tuple[object, ...] = (
    *(None, "", "x", "-1", "0", "7", "07", "5.5", "1e3", "nan", "inf", " 7", "\u0667", "9" * 5_000, "true"),
    *(True, False, 0, 3, -4, 7.5, [], (), ["a", "b"], ("1", "2"), ["1", "x"], [3], b"x"),
)


def declared(
    text: Annotated[str, typer.Argument()] = "",
    *,
    flag: Annotated[bool, typer.Option("--flag")] = False,
    count: Annotated[int, typer.Option(min=0, max=65_535)] = 1,
    many: Annotated[int | None, typer.Option(min=1)] = None,
    seconds: Annotated[float, typer.Option(min=0)] = 30.0,
    names: Annotated[list[str] | None, typer.Option()] = None,
    kinds: Annotated[list[int] | None, typer.Option(min=3)] = None,
    read: Annotated[str, typer.Option(parser=str.upper)] = "",
) -> None:
    """Do nothing."""


def params(cls: type[TyperCommand] = TyperCommand) -> dict[str, Any]:
    app = typer.Typer(add_completion=False)
    app.command("declared", cls=cls)(declared)
    command: Any = typer.main.get_command(app)
    return {each.name: each for each in command.get_params(typer.Context(command))}


def taken(param: Any, value: object) -> object:
    """What *param* makes of *value*, or what it says is wrong with it."""
    context = typer.Context(typer.main.get_command(typer.Typer(callback=lambda: None)))
    try:
        found = param.get_runtime_param().coerce(value, param=param, ctx=context)
    except (typer.BadParameter, TypeError) as error:
        return type(error), str(error)
    return type(found), found


@pytest.mark.parametrize("name", params())
def test_every_value_is_taken_as_typer_takes_it(name: str) -> None:
    ours, theirs = params(PlainCommand)[name], params()[name]
    assert isinstance(ours.get_runtime_param(), Plain)
    for value in VALUES:
        assert taken(ours, value) == taken(theirs, value), value


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("text", "any text", "any text"),
        ("flag", True, True),
        ("count", "65535", 65_535),
        ("many", None, None),
        ("seconds", "2.5", 2.5),
        ("seconds", 30.0, 30.0),
        ("names", ("a", "b"), ["a", "b"]),
        ("names", None, ()),
        ("kinds", ("3", "4"), [3, 4]),
        ("help", None, None),
    ],
)
def test_plain_values_are_not_judged_by_typer(name: str, value: object, found: object) -> None:
    def judge() -> Any:
        raise NotPlainError

    assert Plain(judge).coerce(value, params()[name], None) == found


@pytest.mark.parametrize(("name", "value"), [("count", "65536"), ("many", "0"), ("read", "x"), ("seconds", "nan")])
def test_all_else_is(name: str, value: object) -> None:
    class AskedError(Exception):
        pass

    def judge() -> Any:
        raise AskedError

    with pytest.raises(AskedError):
        Plain(judge).coerce(value, params()[name], None)


def test_a_parameter_is_changed_once() -> None:
    app = typer.Typer(add_completion=False)
    app.command("declared", cls=PlainCommand)(declared)
    command: Any = typer.main.get_command(app)
    context = typer.Context(command)
    first = [each.get_runtime_param for each in command.get_params(context)]
    assert [each.get_runtime_param for each in command.get_params(context)] == first
