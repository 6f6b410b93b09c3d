"""What ``peerset sync`` runs: how the stream comes about, and what is told of it."""

import asyncio
import shlex
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from shutil import which
from typing import Final

import typer

from peerset.cli.exits import ExitCode
from peerset.cli.output import printable, remark, to_json, write
from peerset.cli.piping import Streams, standard_streams
from peerset.cli.porch import WORD_SECONDS, Porch
from peerset.cli.sealed import tell_of_seals
from peerset.cli.sync import SyncOptions
from peerset.core.keys import npub
from peerset.core.network import LOOPBACK
from peerset.errors import ConfigError, PeersetError, TransportError
from peerset.room.replication import Replicated
from peerset.room.room import Room
from peerset.transports.stream import Sink, Source

CHILD_END_SECONDS: Final = 5.0
"""So long a command may take to end by itself, once its streams are closed, and again when it is told to."""
NO_WORD: Final = f"somebody connected and said no word within {WORD_SECONDS:.0f} s"
PORT_MAX: Final = 65_535


class Syncing:
    """Syncs *room*, over one stream or several."""

    def __init__(self, room: str, options: SyncOptions, *, is_live: bool, as_json: bool) -> None:
        self._name = room
        self._options = options
        self._is_live = is_live
        self._as_json = as_json
        self._porch = Porch()

    async def over_standard_streams(self) -> None:
        """Sync with whoever is at the other end of standard input and output, which carry nothing else."""
        streams = await standard_streams()
        async with self._open() as room:
            done = await self._replicated(room, *streams)
        line = to_json(row_of(done)) if self._as_json else line_of(done)
        remark(line)
        end_with(done)

    async def over_command(self, command: str) -> None:
        """Sync over the standard streams of *command*.

        Raises:
            ConfigError: it cannot be run.

        """
        argv = split_command(command)
        if which(argv[0]) is None:
            raise ConfigError(f"cannot run {printable(argv[0])}: there is no such command")
        async with self._open() as room:
            try:
                child = await asyncio.create_subprocess_exec(
                    *argv, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
                )
            except (OSError, ValueError) as error:
                raise ConfigError(f"cannot run {printable(argv[0])}: {error}") from error
            done = await self._over_child(room, child)
        self._tell(done)
        end_with(done)

    async def connect(self, address: str) -> None:
        """Sync with who listens on *address*.

        Raises:
            TransportError: nobody does.

        """
        host, port = read_address(address)
        async with self._open() as room:
            try:
                streams = await asyncio.open_connection(host, port)
            except (OSError, UnicodeError) as error:
                raise TransportError(f"nobody can be reached at {host}:{port}: {error}") from error
            done = await self._replicated(room, *streams)
        self._tell(done)
        end_with(done)

    async def listen(self, address: str, *, once: bool) -> None:
        """Sync with everybody who connects to *address*, or with the first *once*.

        Raises:
            ConfigError: the address cannot be listened on.

        """
        host, port = read_address(address, default_host=LOOPBACK)
        async with self._serving(host, port, once=once) as first:
            done = await first
        end_with(done)

    @asynccontextmanager
    async def _serving(self, host: str, port: int, *, once: bool) -> AsyncIterator["asyncio.Future[Replicated]"]:
        """Listen, then open the room; what is given becomes known when the only connection ends, if there is but one.

        That the address can be listened on is known before anything is made.
        """
        loop = asyncio.get_running_loop()
        opened: asyncio.Future[Room] = loop.create_future()
        first: asyncio.Future[Replicated] = loop.create_future()
        visits: set[asyncio.Task[None]] = set()

        def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if once and visits:
                writer.close()
                return
            visit = asyncio.create_task(self._welcome(opened, (reader, writer), first if once else None))
            visits.add(visit)
            if not once:
                visit.add_done_callback(visits.discard)

        async with AsyncExitStack() as stack:
            server = await listen_on(welcome, host, port)
            stack.push_async_callback(end_visits, server, visits)
            opened.set_result(await stack.enter_async_context(self._open()))
            # Before the room is left.
            stack.push_async_callback(end_visits, server, visits)
            remark(f"listening on {':'.join(map(str, server.sockets[0].getsockname()[:2]))}")
            yield first

    async def _welcome(
        self, opened: "asyncio.Future[Room]", streams: Streams, first: "asyncio.Future[Replicated] | None"
    ) -> None:
        room = await opened
        try:
            guest = await self._porch.first_word(streams)
            if guest is None and first is None:
                return
            if guest is None:
                raise TransportError(NO_WORD)
            done = await self._replicated(room, guest, streams[1])
        except PeersetError as error:
            if first is None:
                remark(f"peerset: {printable(str(error))}")
            elif not first.done():
                first.set_exception(error)
        else:
            self._tell(done)
            if first is not None and not first.done():
                first.set_result(done)

    async def _over_child(self, room: Room, child: asyncio.subprocess.Process) -> Replicated:
        if child.stdin is None or child.stdout is None:
            raise TransportError("the command has no standard streams")
        try:
            return await self._replicated(room, child.stdout, child.stdin)
        except TransportError as error:
            await end_child(child)
            raise TransportError(f"{error}; the command ended with {child.returncode}") from error
        finally:
            await end_child(child)

    async def _replicated(self, room: Room, source: Source, target: Sink) -> Replicated:
        done = await room.replicate(source, target, live=self._is_live)
        await tell_of_seals(room)
        return done

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[Room]:
        options = self._options
        async with options.offline(
            self._name,
            store=partial(options.open_store_of, self._name),
            policies=options.policies,
            retention=options.said_retention,
            window=options.window,
        ) as room:
            yield room

    def _tell(self, done: Replicated) -> None:
        write(row_of(done), line=line_of(done), as_json=self._as_json)


def row_of(done: Replicated) -> dict[str, object]:
    """Give *done* for programs."""
    return {
        "key": done.key.hex(),
        "received": done.received,
        "sent": done.sent,
        "is_equal": done.is_equal,
        "has_other_rules": done.has_other_rules,
    }


def line_of(done: Replicated) -> str:
    """Give *done* for people."""
    standing = "both hold the same" if done.is_equal else "the sets differ still"
    if not done.is_equal and done.has_other_rules:
        standing = "the sets differ, as the rules do"
    return f"{done.received} records received, {done.sent} sent, with {npub(done.key)[:12]}: {standing}"


def end_with(done: Replicated) -> None:
    """End with the exit code that says what came of it, unless all went well."""
    if not done.is_equal:
        raise typer.Exit(ExitCode.REFUSED if done.has_other_rules else ExitCode.FAILED)


def read_address(text: str, *, default_host: str = "") -> tuple[str, int]:
    """Read HOST:PORT, or PORT alone where there is a *default_host*; IPv6 is written in brackets.

    Raises:
        ConfigError: it is no address.

    """
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    number = int(port) if port.isascii() and port.isdecimal() and len(port) <= len(str(PORT_MAX)) else PORT_MAX + 1
    if number > PORT_MAX or not (host or default_host) or (":" in host and not text.startswith("[")):
        form = "PORT or HOST:PORT" if default_host else "HOST:PORT"
        raise ConfigError(f"an address is written {form}, not {printable(text)!r}")
    return host or default_host, number


def split_command(command: str) -> list[str]:
    """Take *command* apart as a shell would, without being one.

    Raises:
        ConfigError: a quotation has no end, or there is no word.

    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ConfigError(f"the command {printable(command)!r} cannot be read: {error}") from error
    if not words:
        raise ConfigError("the command is empty")
    return words


async def listen_on(
    welcome: Callable[[asyncio.StreamReader, asyncio.StreamWriter], None], host: str, port: int
) -> asyncio.Server:
    """Listen on *host*:*port*.

    Raises:
        ConfigError: that cannot be.

    """
    try:
        return await asyncio.start_server(welcome, host, port)
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"cannot listen on {host}:{port}: {error}") from error


async def end_visits(server: asyncio.Server, visits: "set[asyncio.Task[None]]") -> None:
    """Let nobody in any more, and end every visit."""
    server.close()
    for visit in visits:
        visit.cancel()
    if visits:
        await asyncio.wait(visits)


async def end_child(child: asyncio.subprocess.Process) -> None:
    """Let *child* end, whose streams are closed, and make it end when it does not."""
    urges: tuple[Callable[[], object], ...] = (child.terminate, child.kill)
    for urge in urges:
        with suppress(TimeoutError):
            async with asyncio.timeout(CHILD_END_SECONDS):
                await child.wait()
                return
        with suppress(ProcessLookupError):
            urge()
    await child.wait()
