"""``peerset demo``: the whole thing on one machine, in front of one's eyes."""

from typing import Annotated

import typer

from peerset.cli.loading import load
from peerset.cli.options import JsonOption


def demo(
    *,
    records: Annotated[int, typer.Option(min=1, max=10_000, help="How many records each peer publishes.")] = 30,
    peers: Annotated[int, typer.Option(min=2, max=20, help="How many peers, each a process of its own.")] = 3,
    timeout: Annotated[float, typer.Option(min=1, metavar="SECONDS", help="Give up after so long.")] = 60.0,
    keep: Annotated[bool, typer.Option("--keep", help="Leave it running afterwards, until Ctrl-C.")] = False,
    page: Annotated[
        bool | None,
        typer.Option(
            "--page/--no-page",
            help="Serve a page that takes part, until Ctrl-C (default: when it is built; stay on a terminal only).",
            show_default=False,
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Let peers in processes of their own find each other, connect, and converge to one root.

    A tracker runs here too, so no network is needed. Ends with 0 when every peer has every record and all roots are
    equal, and with 1 and the reason otherwise. With a page, which has to be built, it stays until Ctrl-C on a terminal.
    """
    load("peerset.cli.demonstration:demonstrate")(
        peers=peers, records=records, timeout_seconds=timeout, is_kept=keep, page=page, as_json=json
    )


def demo_peer(
    *,
    room: Annotated[str, typer.Option()],
    tracker: Annotated[str, typer.Option()],
    store: Annotated[str, typer.Option()],
    number: Annotated[int, typer.Option()],
    records: Annotated[int, typer.Option()],
) -> None:
    """Be one peer of the demo; started by it."""
    load("peerset.cli.demonstration:take_part")(room, tracker, store, number=number, records=records)
