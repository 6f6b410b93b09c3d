"""A way to the server that breaks at the worst moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

PORT = 5433
PIECE_BYTES = 65_536


@asynccontextmanager
async def losing_the_answer(folder: Path, *, to: bytes) -> AsyncIterator[int]:
    """Hand all on to the server in *folder*, but hang up, once, when it saved a transaction that said *to*.

    The value is the port at which that is had.
    """
    has_lost = asyncio.Event()
    meetings: list[asyncio.Task[None] | None] = []

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        meetings.append(asyncio.current_task())
        from_server, to_server = await asyncio.open_unix_connection(folder / ".s.PGSQL.5432")
        is_at_it = False

        async def answer() -> None:
            while piece := await from_server.read(PIECE_BYTES):
                writer.write(piece)

        answering = asyncio.create_task(answer())
        while piece := await reader.read(PIECE_BYTES):
            is_at_it = is_at_it or to in piece
            if is_at_it and b"COMMIT" in piece and not has_lost.is_set():
                answering.cancel()
                await asyncio.wait([answering])
                to_server.write(piece)
                # Its answer is this one's alone, and says that the transaction was saved.
                assert b"COMMIT" in await from_server.read(PIECE_BYTES)
                has_lost.set()
                break
            to_server.write(piece)
        to_server.close()
        await asyncio.wait([answering])
        writer.close()
        await asyncio.gather(to_server.wait_closed(), writer.wait_closed(), return_exceptions=True)

    async with await asyncio.start_unix_server(meet, folder / f".s.PGSQL.{PORT}"):
        yield PORT
        await asyncio.wait([meeting for meeting in meetings if meeting])
    assert has_lost.is_set()
