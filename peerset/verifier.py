"""Signatures checked off the event loop: coincurve releases the GIL, so threads help."""

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import compress
from typing import Final

from peerset.core.lens import Lens
from peerset.core.limits import VERIFY_CHUNK_RECORDS
from peerset.core.record import Record

INLINE_RECORDS_MAX: Final = 24
"""So few take about a millisecond: less than a thread switch under load."""
THREADS_MAX: Final = 4


class Verifier:
    """A small pool of threads, started when the first large batch comes.

    What is genuine is opened there by *lens*, where a room is sealed.
    """

    def __init__(self, lens: Lens | None = None) -> None:
        self._check = partial(check_all, lens=lens)
        self._threads: ThreadPoolExecutor | None = None

    async def verify(self, records: Sequence[Record]) -> tuple[bool, ...]:
        """Say of each record whether its author signed it (BIP-340)."""
        if len(records) <= INLINE_RECORDS_MAX:
            return self._check(records)
        if self._threads is None:
            # Two threads on one processor would pass the GIL back and forth at every signature.
            workers = min(count_processors(), THREADS_MAX)
            self._threads = ThreadPoolExecutor(workers, thread_name_prefix="peerset-verify")
        loop = asyncio.get_running_loop()
        chunks = [records[at : at + VERIFY_CHUNK_RECORDS] for at in range(0, len(records), VERIFY_CHUNK_RECORDS)]
        results = await asyncio.gather(*(loop.run_in_executor(self._threads, self._check, chunk) for chunk in chunks))
        return tuple(flag for result in results for flag in result)

    def close(self) -> None:
        """Stop the threads once they are done with what they have."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)


def count_processors() -> int:
    """Give how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def check_all(records: Sequence[Record], lens: Lens | None = None) -> tuple[bool, ...]:
    """Check the signatures of *records*; open those that are genuine by *lens*, if any is given."""
    flags = tuple(record.has_valid_signature() for record in records)
    if lens is not None:
        for record in compress(records, flags):
            lens.prepare(record)
    return flags
