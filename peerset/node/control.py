"""How a running node is spoken to on its own machine: a socket in its folder, one line of JSON each way.

The socket is the owner's alone (mode 0600). It also keeps two nodes from one folder: who cannot have it, another has.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

from peerset.errors import ConfigError, PeersetError

SOCKET_NAME: Final = "node.sock"
PATH_BYTES_MAX: Final = 100
"""Systems take some hundred bytes as a socket's path (unix(7): 108)."""
LINE_BYTES_MAX: Final = 1 << 20
ANSWER_SECONDS_MAX: Final = 30.0
"""So long an order may take, such as leaving a room."""
ASKED_SECONDS_MAX: Final = 10.0
"""So long who connects may take to say what it wants."""

Order = dict[str, Any]
Obey = Callable[[Order], Awaitable[object]]
"""Does what an order says, and gives what there is to say of it, as JSON; a `PeersetError` is told to who gave it."""


@asynccontextmanager
async def listening(folder: Path, obey: Obey) -> AsyncIterator[None]:
    """Take orders at the socket in *folder* while inside.

    Raises:
        ConfigError: a node takes them there already, or there can be no socket.

    """
    path = socket_path(folder)
    if await _is_taken(path):
        raise ConfigError(f"a node runs with {folder} already")
    path.unlink(missing_ok=True)
    # Not by chmod afterwards: nobody else shall have it in between.
    mask = os.umask(0o177)
    try:
        server = await asyncio.start_unix_server(_Talk(obey).hear, path, limit=LINE_BYTES_MAX)
    except OSError as error:
        raise ConfigError(f"orders cannot be taken at {path}: {error.strerror or error}") from error
    finally:
        os.umask(mask)
    try:
        async with server:
            yield
    finally:
        path.unlink(missing_ok=True)


async def ask(folder: Path, order: Order) -> Any:  # noqa: ANN401 - any JSON
    """Give *order* to the node of *folder*; give its answer.

    Raises:
        ConfigError: none runs there, or it refuses.

    """
    path = socket_path(folder)
    try:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            reader, writer = await asyncio.open_unix_connection(path, limit=LINE_BYTES_MAX)
            try:
                writer.write(_encode(order))
                answer = json.loads(await reader.readline())
            finally:
                writer.close()
    except TimeoutError as error:
        raise ConfigError(f"the node of {folder} does not answer within {ANSWER_SECONDS_MAX:.0f} s") from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"no node runs with {folder}: start it by peerset node") from error
    match answer:
        case {"error": str(reason)}:
            raise ConfigError(reason)
        case {"answer": given}:
            return given
        case _:
            raise ConfigError(f"what answers at {path} is no node")


def socket_path(folder: Path) -> Path:
    """Give where the node of *folder* is spoken to.

    Raises:
        ConfigError: the path is too long for a socket, or this system has none.

    """
    if not hasattr(asyncio, "open_unix_connection"):
        raise ConfigError("this system has no sockets in folders: say a node's rooms when it starts")
    path = folder.absolute() / SOCKET_NAME
    if len(os.fsencode(path)) > PATH_BYTES_MAX:
        raise ConfigError(f"{folder} is too long a path for a socket: name a folder of {PATH_BYTES_MAX - 10} bytes")
    return path


class _Talk:
    """Takes one order of each who connects."""

    def __init__(self, obey: Obey) -> None:
        self._obey = obey

    async def hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer who is at the other end."""
        try:
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(ASKED_SECONDS_MAX):
                    line = await reader.readline()
                writer.write(_encode(await self._answer(line)))
                await writer.drain()
        except ValueError:
            writer.write(_encode({"error": f"an order has at most {LINE_BYTES_MAX} bytes"}))
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> Order:
        try:
            order = json.loads(line)
        except (ValueError, RecursionError):
            order = None
        if not isinstance(order, dict):
            return {"error": "an order is a line of JSON"}
        try:
            return {"answer": await self._obey(order)}
        except PeersetError as error:
            return {"error": str(error)}


async def _is_taken(path: Path) -> bool:
    """Say whether somebody listens at *path*; what a killed one left there is nobody."""
    try:
        _, writer = await asyncio.open_unix_connection(path)
    except OSError:
        return False
    writer.close()
    return True


def _encode(value: Order) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"
