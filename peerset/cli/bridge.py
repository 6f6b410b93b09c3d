"""``peerset bridge``: a room of ours and that of the original app hold the same places."""

from dataclasses import dataclass
from typing import Annotated

import typer

from peerset.cli.loading import load
from peerset.cli.options import JsonOption, RoomOptions, SecondsOption
from peerset.cli.running import run_online
from peerset.cli.typed_rooms import RoomArgument


@dataclass(frozen=True, kw_only=True)
class BridgeOptions(RoomOptions):
    """How to join our room, and where theirs is."""

    collection: Annotated[str, typer.Option(help="Which collection of ROOM is carried.")] = "places"
    their_app: Annotated[
        str, typer.Option(metavar="ID", help="Their application (default: peerset.DB).", show_default=False)
    ] = ""
    their_room: Annotated[
        str, typer.Option(metavar="ID", help="Their room (default: the one the app has).", show_default=False)
    ] = ""
    their_signaling: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL",
            help="A tracker where their pages meet; repeatable (default: those of Trystero 0.21.7).",
            show_default=False,
        ),
    ] = None


def bridge(
    room: RoomArgument, *, options: BridgeOptions, seconds: SecondsOption = None, json: JsonOption = False
) -> None:
    """Carry records between ROOM and the room of the original app, both ways, until Ctrl-C.

    Records of theirs are signed by your key here, and judged by the room's policies. Those of ours go there that have a
    text and a place. A line tells what was carried, whenever that grew.
    """
    run_online(load("peerset.cli.bridging:bridge")(room, options, seconds=seconds, as_json=json))
