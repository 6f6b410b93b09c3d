"""What the tests marked ``interop`` showed, for the table of docs/interop.md.

    @pytest.mark.interop(client="nostr-tools", what="reads and writes exports")

*client* is the package, program or page on the other side, by the name under which it is installed, and *what* works
between it and us. The *version* is that of the installed package, unless the mark says another. Both texts may name
parameters of the test: ``"{version}"``. Where it ran is told from the test, unless the mark says *where*. A test may
have several marks, and so may one of its parameters.

``pytest --interop FILE`` writes for each mark and each place (browser, Node.js or Python) where the client ran how its
tests ended, as JSON; with ``--collect-only``, which there are.
"""

import importlib.metadata
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import pytest

HERE: Final = Path(__file__).parent
LOCKS: Final = (HERE / "package-lock.json", HERE.parents[1] / "web" / "package-lock.json")
OURS: Final = "peerset"
PLACES: Final = {"chromium": "Chromium", "firefox": "Firefox"}
PROPERTY: Final = "interop"


class Row(NamedTuple):
    """One thing that works between a client and us, or should."""

    client: str
    version: str
    what: str
    place: str
    """Where the client ran."""


Results: TypeAlias = dict[Row, Counter[str]]
"""How the tests of each row ended: how many passed, failed or were skipped."""


class Gathering:
    """A plugin that gathers the results of one run, in the process that hears of all its tests."""

    def __init__(self) -> None:
        self.results: Results = {}

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Know the rows of a test before it is run."""
        for row in rows_of(item):
            self.results.setdefault(row, Counter())

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count the end of a test, in whichever process it was run."""
        if report.when == "call" or not report.passed:
            for row in _rows_told(report.user_properties):
                self.results.setdefault(row, Counter())[report.outcome] += 1


def write(results: Results, file: Path) -> None:
    """Write *results* into *file*."""
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = [{**row._asdict(), **ends} for row, ends in sorted(results.items())]
    file.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", "utf-8")


def read(files: Iterable[Path]) -> Results:
    """Give the results in all *files*; the last one counts where several have a row."""
    results = {}
    for file in files:
        for told in json.loads(file.read_text("utf-8")):
            row = Row(*(told.pop(name) for name in Row._fields))
            results[row] = Counter(told)
    return results


def rows_of(item: pytest.Item) -> Iterator[Row]:
    """Give the rows to which a test belongs.

    Raises:
        pytest.UsageError: a mark is not understood, or its client is not installed.

    """
    parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    for mark in item.iter_markers("interop"):
        try:
            yield _row(place=_place_of(item, parameters), parameters=parameters, **mark.kwargs)
        except (TypeError, KeyError) as error:
            raise pytest.UsageError(f"{item.nodeid}: interop(client=, what=, version=): {error}") from error


def _row(
    client: str,
    what: str,
    *,
    place: str,
    parameters: Mapping[str, object],
    version: str | None = None,
    where: str | None = None,
) -> Row:
    client, what = client.format_map(parameters), what.format_map(parameters)
    found = _installed(client) if version is None else version.format_map(parameters)
    return Row(client, found, what, where or place)


def _place_of(item: pytest.Item, parameters: Mapping[str, object]) -> str:
    if "browser" in parameters:
        return PLACES[str(parameters["browser"])]
    if item.get_closest_marker("browser") is not None:
        return PLACES["chromium"]
    return "Node.js" if item.get_closest_marker("node") is not None else "Python"


def _installed(client: str) -> str:
    for lock in LOCKS:
        package = json.loads(lock.read_text("utf-8"))["packages"].get(f"node_modules/{client.lower()}")
        if package is not None:
            return str(package["version"])
    try:
        return "this one" if client.startswith(OURS) else importlib.metadata.version(client)
    except importlib.metadata.PackageNotFoundError as error:
        raise KeyError(f"which version of {client!r} is not known: say version=") from error


def _rows_told(properties: Iterable[tuple[str, object]]) -> Iterator[Row]:
    for name, value in properties:
        if name == PROPERTY and isinstance(value, list):
            yield Row(*value)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the results be written."""
    parser.addoption("--interop", type=Path, metavar="FILE", help="write what the tests marked interop showed")


def pytest_configure(config: pytest.Config) -> None:
    """Gather the results, in the process that hears of all tests."""
    if config.getoption("--interop") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Gathering(), PROPERTY)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let each report of a test say its rows."""
    item.user_properties += [(PROPERTY, list(row)) for row in rows_of(item)]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the results."""
    gathering = session.config.pluginmanager.get_plugin(PROPERTY)
    if isinstance(gathering, Gathering):
        write(gathering.results, session.config.getoption("--interop"))
