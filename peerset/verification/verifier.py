"""Signatures checked off the event loop: a few at once, more in threads, and masses of them in other processes."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import compress
from typing import Final

from peerset.core.lens import Lens
from peerset.core.limits import VERIFY_CHUNK_RECORDS
from peerset.core.record import Record
from peerset.verification.crew import Crew
from peerset.verification.processors import count_processors

INLINE_RECORDS_MAX: Final = 24
"""So few take about a millisecond: less than a thread switch under load."""
THREADS_MAX: Final = 4


class Verifier:
    """A small pool of threads, started when the first large batch comes, and the `Crew` of all rooms beside it.

    What is genuine is opened there by *lens*, where a room is sealed.
    """

    def __init__(self, lens: Lens | None = None, *, crew: Crew | None = None) -> None:
        self._lens = lens
        self._crew = crew
        self._threads: ThreadPoolExecutor | None = None

    async def verify(self, records: Sequence[Record]) -> tuple[bool, ...]:
        """Say of each record whether its author signed it (BIP-340)."""
        if len(records) <= INLINE_RECORDS_MAX:
            return check_all(records, self._lens)
        chunks = [records[at : at + VERIFY_CHUNK_RECORDS] for at in range(0, len(records), VERIFY_CHUNK_RECORDS)]
        results = await asyncio.gather(*map(self._check, chunks))
        return tuple(flag for result in results for flag in result)

    async def aclose(self) -> None:
        """End the processes, and the threads once they are done with what they have."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
        if self._crew is not None:
            await self._crew.aclose()

    async def _check(self, records: Sequence[Record]) -> tuple[bool, ...]:
        loop = asyncio.get_running_loop()
        if self._crew is None:
            self._crew = Crew.shared()
        flags = await self._crew.check(records)
        if flags is None:
            return await loop.run_in_executor(self._pool(), check_all, records, self._lens)
        if self._lens is not None:
            await loop.run_in_executor(self._pool(), _open_all, records, flags, self._lens)
        return flags

    def _pool(self) -> ThreadPoolExecutor:
        if self._threads is None:
            # Two threads on one processor would pass the GIL back and forth at every signature.
            workers = min(count_processors(), THREADS_MAX)
            self._threads = ThreadPoolExecutor(workers, thread_name_prefix="peerset-verify")
        return self._threads


def check_all(records: Sequence[Record], lens: Lens | None = None) -> tuple[bool, ...]:
    """Check the signatures of *records*; open those that are genuine by *lens*, if any is given."""
    flags = tuple(record.has_valid_signature() for record in records)
    if lens is not None:
        _open_all(records, flags, lens)
    return flags


def _open_all(records: Sequence[Record], flags: Sequence[bool], lens: Lens) -> None:
    for record in compress(records, flags):
        lens.prepare(record)
