"""Runs ``async def`` tests: on a loop whose clock jumps, or on the real clock when marked ``real_time``.

Those of pages are played in Chromium, and in Firefox where they are marked ``firefox``; or in one that is asked for.
"""

import asyncio
import functools
import inspect
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

import aiosqlite
import hypothesis
import pytest

from peerset.verification import checker, crew
from tests import nursery
from tests.interop.browser import BROWSERS, HERE, Browsers
from tests.web.peer_page import ROOT, SITE

pytest_plugins = ["tests.halves", "tests.interop.results"]

TICK_SECONDS = 1e-7
PATIENCE_SECONDS = 100.0
"""For so long of real time in all, a clock stands still while threads work: else hours pass on a busy machine."""
NAME_LENGTH_MAX = 100
"""So much of a value is in the name of the test that is given it."""

# Hypothesis fails an example that took more than 0.2 s, which says something of the machine and nothing of the code.
# Each run draws other examples, so that fewer a run find as much over a day of runs.
hypothesis.settings.register_profile(
    "untimed", deadline=None, max_examples=25, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")

# A job in the background inherits an ignored SIGINT; the tests that press Ctrl-C need the one that interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)


class DeadlockError(Exception):
    """Every task waits for something that nothing will ever bring."""


class JumpingSelector(selectors.DefaultSelector):
    """Never sleeps: a wait of t seconds moves the loop's clock by t instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.working = 0
        """Calls that run in threads."""
        self._patience = PATIENCE_SECONDS

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Give what is ready now, or is once a thread has done its work; else jump to the next timer."""
        ready = super().select(0)
        if not ready and (timeout is None or (timeout and self.working)):
            ready = self._wait(PATIENCE_SECONDS if timeout is None else self._patience)
        if ready:
            return ready
        if timeout is None:
            raise DeadlockError("no task can run and no timer is set")
        # A timer fires a little late, as on a real clock: never a rounding error early.
        self.now += timeout + TICK_SECONDS
        return []

    def _wait(self, seconds: float) -> list[tuple[selectors.SelectorKey, int]]:
        """Give what is ready within so much of real time."""
        began = time.monotonic()
        ready = super().select(max(0.0, seconds))
        self._patience -= time.monotonic() - began
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop on which an hour passes at once."""

    def __init__(self) -> None:
        self._jumping = JumpingSelector()
        super().__init__(self._jumping)
        self._clock_resolution = 0.0

    def time(self) -> float:
        """Give the virtual time in seconds."""
        return self._jumping.now

    def run_in_executor(  # type: ignore[override]  # typeshed knows of no future that is asyncio's
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Run *func* in a thread, while the clock stands still."""
        future = super().run_in_executor(executor, func, *args)
        self._jumping.working += 1
        future.add_done_callback(self._returned)
        return future

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Let no time pass, for a thread works."""
        self._jumping.working += 1
        try:
            yield
        finally:
            self._jumping.working -= 1

    def _returned(self, _: asyncio.Future[Any]) -> None:
        self._jumping.working -= 1


def _standing_still(work: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Coroutine[Any, Any, Any]]:
    @functools.wraps(work)
    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        loop = asyncio.get_running_loop()
        if not isinstance(loop, JumpingLoop):
            return await work(*args, **kwargs)
        with loop.standing_still():
            return await work(*args, **kwargs)

    return wrapped


# Each connection to SQLite has a thread of its own, of which no loop knows.
for _name in ("_connect", "_execute", "close"):
    setattr(aiosqlite.Connection, _name, _standing_still(getattr(aiosqlite.Connection, _name)))


def _in_real_time(can_start: Callable[[], bool]) -> Callable[[], bool]:
    return lambda: can_start() and not isinstance(asyncio.get_running_loop(), JumpingLoop)


# No virtual second passes while thousands of records come, and of a process no such clock knows.
setattr(crew, "can_start", _in_real_time(checker.can_start))  # noqa: B010 - it is another module's


setattr(subprocess, "Popen", nursery.Popen)  # noqa: B010 - the same


def pytest_sessionfinish() -> None:
    """End what was started for all tests."""
    nursery.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let one browser be asked for."""
    parser.addoption("--browser", choices=BROWSERS, help="play the tests of pages in this one alone")


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name a long value by its beginning and length: names of 40 MB in all were told by each worker, test by test."""
    if not isinstance(val, (str, bytes)) or len(val) <= NAME_LENGTH_MAX:
        return None
    return f"{val[:NAME_LENGTH_MAX]!a} and more, {len(val)} in all"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Play the tests of pages in the browsers that they are for."""
    if "browser" not in metafunc.fixturenames:
        return
    asked = metafunc.config.getoption("browser")
    played = BROWSERS if metafunc.definition.get_closest_marker("firefox") else BROWSERS[:1]
    metafunc.parametrize("browser", [asked] if asked else played, indirect=True)


@pytest.fixture(scope="session")
def browsers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browsers]:
    """Browsers with all pages of all folders: to start one takes longer than most tests of it."""
    assert (ROOT / "web" / "node_modules").is_dir(), "run `npm ci --prefix web` first (make test does)"
    site = sorted({*SITE, *HERE.glob("*page*.mjs")})
    with Browsers(tmp_path_factory.mktemp("browsers"), site=site) as started:
        yield started


@pytest.fixture
def browser(request: pytest.FixtureRequest, browsers: Browsers) -> int:
    """Give the port on which pages are opened in the browser in which the test is played."""
    return browsers.port(request.param)


@pytest.fixture
def chromium(browsers: Browsers) -> int:
    """Give the port on which pages are opened in Chromium."""
    return browsers.port("chromium")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine test to its end on a fresh loop."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    is_real = pyfuncitem.get_closest_marker("real_time") is not None
    _run(pyfuncitem.obj, arguments, asyncio.new_event_loop if is_real else JumpingLoop)
    return True


def _run(
    test: Callable[..., Coroutine[Any, Any, None]],
    arguments: dict[str, Any],
    loop_factory: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(test(**arguments))
