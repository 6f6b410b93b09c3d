"""Fixtures: a server for all tests of a process, and a schema for each."""

import os
from collections.abc import Iterator
from itertools import count

import pytest

from tests.stores.postgres.server import Server, do_without, find_server, running

SCHEMAS = count()


@pytest.fixture(scope="session")
def machine() -> Iterator[Server]:
    programs = find_server()
    if programs is None:
        do_without(os.environ, user=os.geteuid())
    with running(programs) as server:
        yield server


@pytest.fixture
def server(machine: Server) -> str:
    """Give the address of the server."""
    return machine.address


@pytest.fixture
def address(server: str) -> str:
    """Give the address of a schema that is not there yet."""
    return f"{server}&schema=room{next(SCHEMAS)}"
