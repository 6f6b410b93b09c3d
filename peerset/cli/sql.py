"""``peerset sql``: a room's collections by SQL."""

import json as json_text
import math
import sys
from typing import Annotated, Final

import typer

from peerset.cli.document_rows import table_of
from peerset.cli.documents import ReadOptions, opened
from peerset.cli.options import JsonOption
from peerset.cli.output import remark, to_json
from peerset.cli.running import run
from peerset.cli.typed_rooms import RoomArgument
from peerset.core.action import Json
from peerset.core.limits import INTEGER_MAX
from peerset.documents.rows import Cell, Rows

BLOB: Final = "blobs, in hex"
WHOLE: Final = "whole numbers beyond 2^53 - 1, as texts"
INFINITE: Final = "numbers that are not finite, as texts"


def sql(
    room: RoomArgument,
    query: Annotated[str, typer.Argument(metavar="SQL", help="One SELECT, or - to read it from stdin.")],
    *,
    options: ReadOptions,
    value: Annotated[
        list[str] | None,
        typer.Option(
            metavar="VALUE",
            help="What the next ? stands for: a number, true, false or null, else a text; repeatable.",
            show_default=False,
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Print what SQL finds in a room's collections, without touching the network; it writes nothing."""
    asked = sys.stdin.read() if query == "-" else query
    parameters = [read_value(text) for text in value or []]

    async def show() -> None:
        async with opened(room, options) as joined:
            await joined.recall_all()
            print_rows(await joined.sql(asked, parameters), as_json=json)

    run(show())


def read_value(text: str) -> Cell:
    """Read what a ``?`` stands for; a text that looks like a number stands in quotes."""
    try:
        found = json_text.loads(text)
    except (ValueError, RecursionError):
        return text
    return found if found is None or isinstance(found, str | int | float) else text


def print_rows(rows: Rows, *, as_json: bool) -> None:
    """Print rows: a table, or one JSON object a line; what JSON cannot say is told once."""
    told: dict[str, None] = {}
    said = [{name: _plain(cell, told) for name, cell in row.items()} for row in rows]
    if as_json:
        for row in said:
            typer.echo(to_json(row))
    elif said:
        table_of(said).print()
    for each in told:
        remark(f"the rows hold {each}")


def _plain(cell: Cell, told: dict[str, None]) -> Json:
    match cell:
        case bytes():
            told[BLOB] = None
            return cell.hex()
        case int() if abs(cell) > INTEGER_MAX:
            told[WHOLE] = None
            return str(cell)
        case float() if not math.isfinite(cell):
            told[INFINITE] = None
            return str(cell)
        case _:
            return cell
