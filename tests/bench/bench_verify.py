"""Bare verification by coincurve, of signatures by fifty authors, on one thread, on two, and in two processes.

What peerset does with a record costs so much at least; figures of ingest stand beside these.
"""

import hashlib
import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from typing import Final

from coincurve import PrivateKey, PublicKeyXOnly

from tests.bench.sizes import sized

Signed = tuple[bytes, bytes, bytes]
"""Author, message and signature."""

SIGNATURES: Final = sized(20_000, 2_000)
AUTHORS: Final = 50
CHUNK: Final = 512
WORKERS: Final = 2
REPEATS: Final = 3


def run() -> Iterator[tuple[str, float, str]]:
    """Measure; give (name, value, unit), the best of a few runs: of one thread by the processor's time."""
    signed = _sign(SIGNATURES)
    chunks = [signed[at : at + CHUNK] for at in range(0, len(signed), CHUNK)]
    alone = _best(partial(_all, map, chunks), time.process_time)
    yield "one thread", SIGNATURES / alone, "records/s"
    yield "one thread, a signature", alone / SIGNATURES * 1e6, "us"
    pools: dict[str, Callable[[], Executor]] = {
        "two threads": partial(ThreadPoolExecutor, WORKERS),
        "two processes": partial(ProcessPoolExecutor, WORKERS),
    }
    for name, make in pools.items():
        with make() as pool:
            _all(pool.map, chunks[:WORKERS])
            yield name, SIGNATURES / _best(partial(_all, pool.map, chunks), time.perf_counter), "records/s"


def _sign(count: int) -> list[Signed]:
    rng = random.Random(1)
    keys = [PrivateKey(rng.randbytes(32)) for _ in range(AUTHORS)]
    authors = [PublicKeyXOnly.from_secret(key.secret).format() for key in keys]
    messages = [hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(count)]
    return [
        (authors[number % AUTHORS], message, keys[number % AUTHORS].sign_schnorr(message, message))
        for number, message in enumerate(messages)
    ]


def _all(run_all: Callable[..., Iterator[bool]], chunks: Sequence[Sequence[Signed]]) -> None:
    if not all(run_all(verify, chunks)):
        raise RuntimeError("a good signature was refused")


def verify(signed: Sequence[Signed]) -> bool:
    """Verify some signatures; each author's key is read once, as our cache has it."""
    keys = {author: PublicKeyXOnly(author) for author, _, _ in signed}
    return all(keys[author].verify(signature, message) for author, message, signature in signed)


def _best(work: Callable[[], None], clock: Callable[[], float]) -> float:
    best = float("inf")
    for _ in range(REPEATS):
        started = clock()
        work()
        best = min(best, clock() - started)
    return best
