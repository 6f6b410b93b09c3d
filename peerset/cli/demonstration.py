"""What ``peerset demo`` runs: a swarm of processes, a page beside it, and a table of how it goes."""

import asyncio
import os
import sys
import webbrowser
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict

import typer
from rich.console import Console
from rich.live import Live

from peerset.cli.narrow import NarrowTable, Row
from peerset.cli.output import printable, remark, to_json, write
from peerset.cli.running import run_online
from peerset.demo.page import serve_demo_page
from peerset.demo.peer import APP, SPAMMER, PeerSettings, run_peer
from peerset.demo.report import Failed, encode
from peerset.demo.swarm import ROOM, DemoSettings, PeerView, Swarm, start_swarm
from peerset.errors import PeersetError
from peerset.page.files import is_built

COLUMNS = ("peer", "process", "sessions", "records", "root", "state", "seconds", "live query")
DROPPED_FIRST = ("live query", "process", "sessions", "seconds", "root", "state")
"""What a narrow terminal goes without, one by one."""
ROOT_CHARACTERS = 8

Show = Callable[[list[PeerView]], None]


def demonstrate(
    *, peers: int, records: int, timeout_seconds: float, is_kept: bool, page: bool | None, as_json: bool
) -> None:
    """Run the demo; with a *page* (when it is built, for None) it stays on a terminal."""
    settings = DemoSettings(peers=peers, records=records, timeout_seconds=timeout_seconds)
    has_page = is_built() if page is None else page
    keep = is_kept or page is True or (has_page and _is_terminal())
    run_online(_demo(settings, keep=keep, has_page=has_page, as_json=as_json))


def take_part(room: str, tracker: str, store: str, *, number: int, records: int) -> None:
    """Be one peer of the demo: orders come on standard input, reports go to standard output."""

    def report_line(line: str) -> None:
        typer.echo(line)

    settings = PeerSettings(room, tracker, store, number, records)
    try:
        run_online(run_peer(settings, report=lambda report: report_line(encode(report)), next_order=sys.stdin.readline))
    except PeersetError as error:
        report_line(encode(Failed(str(error))))
        raise


async def _demo(settings: DemoSettings, *, keep: bool, has_page: bool, as_json: bool) -> None:
    async with start_swarm(settings, command=_command) as swarm, _page(swarm, is_wanted=has_page) as url:
        with _shower(as_json=as_json) as show:
            await swarm.converge(show)
            show(swarm.views())
        _tell(swarm, as_json=as_json)
        if keep:
            remark(f"look on by: peerset join {ROOM} --app {APP} --signaling {swarm.tracker}")
            remark(f"or in a browser: {url}  (Ctrl-C ends the demo)" if url else "(Ctrl-C ends the demo)")
            with _shower(as_json=as_json) as show:
                await swarm.watch(show)


@asynccontextmanager
async def _page(swarm: Swarm, *, is_wanted: bool) -> AsyncIterator[str]:
    """Serve the page if it is wanted, tell where, and show it where that can be; give its address."""
    if not is_wanted:
        yield ""
        return
    async with serve_demo_page(swarm.tracker) as url:
        remark(f"a peer in the browser: {url}")
        if _is_terminal() and can_show_pages(os.environ):
            await asyncio.to_thread(webbrowser.open, url)
        yield url


def can_show_pages(environment: Mapping[str, str], *, platform: str = sys.platform) -> bool:
    """Say whether a browser would open in a window, not in this terminal or nowhere."""
    return platform in {"darwin", "win32"} or bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def _is_terminal() -> bool:
    return sys.stdout.isatty() and sys.stderr.isatty()


def _tell(swarm: Swarm, *, as_json: bool) -> None:
    root, count, seconds = swarm.views()[0].root, swarm.records_expected, swarm.seconds
    refusal = swarm.refusal
    if refusal is not None:
        refused = {"refused": refusal.content, "reason": refusal.reason}
        line = f"peer {SPAMMER} also tried {refusal.content!r}; refused by {refusal.reason}"
        write(refused, line=printable(line), as_json=as_json)
    row = {"converged": True, "records": count, "root": root, "seconds": round(seconds, 3)}
    held = f"{swarm.settings.peers} peers hold the same {count} records"
    write(row, line=f"{held}, root {root[:ROOT_CHARACTERS]}, after {seconds:.2f} s", as_json=as_json)


def _command(settings: PeerSettings) -> Sequence[str]:
    options = [f"--{name}={value}" for name, value in asdict(settings).items()]
    return [sys.executable, "-m", "peerset", "demo-peer", *options]


@contextmanager
def _shower(*, as_json: bool) -> Iterator[Show]:
    """Choose how progress is shown: a live table on a terminal, otherwise a line for each change."""
    if as_json:
        yield _Lines(lambda view: to_json(asdict(view))).show
    elif not _is_terminal():
        yield _Lines(_line).show
    else:
        with Live(_table([]), console=Console(stderr=True), auto_refresh=False) as live:
            yield lambda views: live.update(_table(views), refresh=True)


class _Lines:
    """Prints each peer's line whenever it differs from its last one."""

    def __init__(self, write: Callable[[PeerView], str]) -> None:
        self._write = write
        self._last: dict[int, PeerView] = {}

    def show(self, views: list[PeerView]) -> None:
        """Print what is new in *views*."""
        for view in views:
            if self._last.get(view.number) != view:
                self._last[view.number] = view
                typer.echo(self._write(view))


def _cells(view: PeerView) -> tuple[str, ...]:
    root = view.root[:ROOT_CHARACTERS] or "-"
    seconds = "-" if view.seconds is None else f"{view.seconds:.2f}"
    latest = printable(view.latest) or "-"
    counts = (str(view.number), str(view.pid), str(view.sessions), str(view.records))
    return (*counts, root, view.state, seconds, latest)


def _line(view: PeerView) -> str:
    return "  ".join(f"{name} {cell}" for name, cell in zip(COLUMNS, _cells(view), strict=True))


def _table(views: list[PeerView]) -> NarrowTable:
    rows = [Row(_cells(view), "green" if view.seconds is not None else None) for view in views]
    return NarrowTable(COLUMNS, rows, DROPPED_FIRST)
