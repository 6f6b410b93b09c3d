"""A page in headless Chromium restores 50,000 records, makes 10,000 and reads as many from a file, in its IndexedDB.

The reference of the same run: reading the newest rows of the same database, nothing else. A page is to paint what it
restores within a second, and no task of its main thread is to take 50 ms; the longest is told by the clock, as browsers
report it, and by processor time, which does not count waiting for a processor of a busy machine.
"""

import asyncio
from collections.abc import Iterator
from typing import Any, Final

from tests.bench.bench_page import TASK_MILLISECONDS_GOAL, Row
from tests.bench.browser import Browser, open_browser
from tests.bench.loops import run_fast
from tests.bench.sizes import sized

RESTORED: Final = sized(50_000, 2_000)
RESTORED_SECONDS_GOAL: Final = 1
MADE: Final = sized(10_000, 500)
APP: Final = "bench"
CALM_SECONDS: Final = sized(5, 1)


def run() -> Iterator[Row]:
    """Measure; give (name, value, unit)."""
    yield from run_fast(_run())


async def _run() -> list[Row]:
    async with open_browser() as browser:
        return [*await _restore(browser), *await _make(browser)]


async def _restore(browser: Browser) -> list[Row]:
    place = {"app": APP, "room": "kept", "count": RESTORED}
    await browser.call("page", "fill", **place)
    # The second visit finds what the first one may have prepared for it.
    rows: list[Row] = []
    for visit in ("first visit", "later visit"):
        await browser.call("page", "reload")
        bare = await browser.call("page", "bareNewest", **place)
        await browser.call("page", "reload")
        took, processor = await _traced(browser, "restore", place)
        what = f"{RESTORED} records restored, {visit}"
        rows += [
            (f"{what}: to the first paint (goal {RESTORED_SECONDS_GOAL})", took["milliseconds"] / 1e3, "s"),
            (f"{what}: the newest 50 rows of bare IndexedDB", bare / 1e3, "s"),
            *_tasks(what, took, processor),
        ]
        # What a page does once it is calm is done then.
        await asyncio.sleep(CALM_SECONDS)
    return rows


async def _make(browser: Browser) -> list[Row]:
    rows: list[Row] = []
    for command, what in (("generate", "made in a page"), ("import", "read from a file")):
        place = {"app": APP, "room": "made", "count": MADE}
        took, processor = await _traced(browser, command, place)
        name = f"{MADE} records {what}"
        rows += [(name, took["milliseconds"] / 1e3, "s"), *_tasks(name, took, processor)]
    return rows


async def _traced(browser: Browser, command: str, place: dict[str, object]) -> tuple[dict[str, Any], float]:
    await browser.call("page", "trace")
    took = await browser.call("page", command, **place)
    return took, await browser.call("page", "longest")


def _tasks(what: str, took: dict[str, Any], processor: float) -> list[Row]:
    goal = TASK_MILLISECONDS_GOAL
    return [
        (f"{what}: tasks over {goal} ms (goal 0)", took["longTasks"], "tasks"),
        (f"{what}: the longest of them", took["longestTask"], "ms"),
        (f"{what}: longest task, processor time (goal {goal})", processor, "ms"),
    ]


if __name__ == "__main__":
    for name, value, unit in run():
        print(f"{name:80} {value:12.2f} {unit}")
