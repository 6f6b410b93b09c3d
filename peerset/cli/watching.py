"""``peerset watch --collection NAME --where ...``: the documents that match, and each difference as it happens."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from peerset.cli.conditions import read_conditions
from peerset.cli.document_rows import doc_line, doc_row
from peerset.cli.options import FilterOptions, RoomOptions
from peerset.cli.output import write
from peerset.core.action import Json
from peerset.core.limits import PAGE_DOCUMENTS_MAX
from peerset.data.difference import Difference
from peerset.data.doc import Doc
from peerset.data.live import LiveQuery
from peerset.documents.definition import define
from peerset.errors import ConfigError
from peerset.room.room import Room

Line = tuple[str, int, Doc[Json]]
"""What happened to a document, and its place in the list afterwards, or before it went."""

_SIGNS = {"added": "+", "removed": "-", "moved": "~", "changed": "~"}


@dataclass(frozen=True, kw_only=True)
class WatchOptions(RoomOptions, FilterOptions):
    """How to join a room, and which of its records to print."""

    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CONDITION",
            help="Documents of the collection for which it holds, and how they change: city=Berlin, stars>=4 and "
            "so on as for find; repeatable, all must hold.",
            show_default=False,
        ),
    ] = None
    text: Annotated[str, typer.Option(metavar="WORDS", help="Documents with all these words.", show_default=False)] = ""
    order: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD", help="Documents, sorted by it, -FIELD the other way.", show_default=False),
    ] = None

    @property
    def are_documents(self) -> bool:
        """Documents are asked for, not records."""
        return bool(self.where or self.text or self.order)

    def check(self) -> None:
        """Make sure that documents can be asked for so, before anybody hears that we are there.

        Raises:
            ConfigError: no collection is named, or something that chooses records.

        """
        if not self.collection:
            raise ConfigError("say which documents are meant, by --collection NAME")
        names = ("id", "kind", "since", "until", "tag", "after")
        others = [f"--{name}" for name in names if getattr(self, name)]
        if others:
            raise ConfigError(f"{others[0]} chooses records; documents are chosen by --where, such as 'time>=2h'")
        if len(self.author or ()) > 1:
            raise ConfigError("documents are chosen by one --author, or by --where")
        read_conditions(self.where or [], define(self.collection))


async def follow_documents(room: Room, options: WatchOptions) -> LiveQuery[Any]:
    """Read the documents that match, and follow them."""
    found = await room.recall(options.collection)
    return await found.live(
        read_conditions(options.where or [], found.definition),
        order=options.order or ["-time"],
        limit=options.limit or PAGE_DOCUMENTS_MAX,
        text=options.text or None,
        author=next(iter(options.author or ()), None),
    )


async def print_documents(live: LiveQuery[Any], *, as_json: bool) -> None:
    """Print the documents of *live*, and each difference from then on, for ever."""
    async with live:
        for line in lines_of(Difference(added=tuple(enumerate(live.docs)))):
            _print(line, as_json=as_json)
        async for difference in live:
            for line in lines_of(difference):
                _print(line, as_json=as_json)


def lines_of(difference: Difference[Doc[Json]]) -> Iterator[Line]:
    """Give what happened, one line for each document: what went first."""
    yield from (("removed", place, doc) for place, doc in difference.removed)
    yield from (("added", place, doc) for place, doc in difference.added)
    yield from (("moved", move.after, move.doc) for move in difference.moved)
    yield from (("changed", place, doc) for place, doc in difference.changed)


def _print(line: Line, *, as_json: bool) -> None:
    what, place, doc = line
    write({"change": what, "place": place, **doc_row(doc)}, line=f"{_SIGNS[what]} {doc_line(doc)}", as_json=as_json)
