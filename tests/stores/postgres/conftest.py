"""Fixtures: a server for all tests of a process, and a schema for each."""

from collections.abc import Iterator
from itertools import count

import pytest

from tests.stores.postgres.server import find_server, running

SCHEMAS = count()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    programs = find_server()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    with running(programs) as address:
        yield address


@pytest.fixture
def address(server: str) -> str:
    """Give the address of a schema that is not there yet."""
    return f"{server}&schema=room{next(SCHEMAS)}"
