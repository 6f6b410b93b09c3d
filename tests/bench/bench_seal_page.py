"""Sealed rooms in a page of headless Chromium: opening a record, and the secret of a passphrase.

The references of the same run: noble's bare cipher over the same bytes, and Argon2id of noble, which makes the secret
where WebAssembly is refused; 3 passes over 64 MiB, in a worker that is begun first, as the page does it.
"""

from collections.abc import Iterator
from typing import Final

from peerset.core.seal import secret_of
from tests.bench.bench_seal import PASSPHRASE, ROOM
from tests.bench.browser import Browser, open_browser
from tests.bench.loops import run_fast
from tests.bench.sizes import sized

OPENED: Final = sized(2_000, 300)
REPEATS: Final = sized(3, 1)

Row = tuple[str, float, str]


def run() -> Iterator[Row]:
    """Measure; give (name, value, unit), the best of a few runs."""
    yield from run_fast(_run())


async def _run() -> list[Row]:
    async with open_browser() as browser:
        return [*await _open(browser), *await _derive(browser)]


async def _open(browser: Browser) -> list[Row]:
    took = await browser.call("page", "openEnvelopes", count=OPENED)
    return [
        ("opening a record in a page", took["opening"], "us"),
        ("bare noble in a page: its cipher, and base64", took["cipher"], "us"),
        ("opening in a page over bare noble", took["opening"] / took["cipher"], "times"),
        ("reading a record from its bytes in a page", took["reading"], "us"),
    ]


async def _derive(browser: Browser) -> list[Row]:
    ours, noble = [await _best(browser, is_refused=is_refused) for is_refused in (False, True)]
    return [
        ("a passphrase in a page", ours, "ms"),
        ("a passphrase in a page without WebAssembly", noble, "ms"),
        ("a passphrase in a page over noble", ours / noble, "times"),
    ]


async def _best(browser: Browser, *, is_refused: bool) -> float:
    """Give the milliseconds of the best run; a secret that is not the one that Python makes is an error."""
    wanted, best = secret_of(PASSPHRASE, ROOM.tag).hex(), float("inf")
    engine = "noble" if is_refused else "libsodium"
    for _ in range(REPEATS):
        made = await browser.call("page", "derive", passphrase=PASSPHRASE, isRefused=is_refused)
        if (made["secret"], made["engine"]) != (wanted, engine):
            raise RuntimeError(f"{made['engine']} makes the secret, or another one, where {engine} should")
        best = min(best, made["milliseconds"])
    return best


if __name__ == "__main__":
    for name, value, unit in run():
        print(f"{name:80} {value:12.2f} {unit}")
