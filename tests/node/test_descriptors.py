"""A process of many rooms may have many files open."""

import sys
from collections.abc import Iterator

import pytest

from peerset.node.descriptors import allow_open_files

resource = pytest.importorskip("resource", reason="this system has no such limits")


@pytest.fixture
def limits() -> Iterator[tuple[int, int]]:
    """What this process may have open, and again afterwards."""
    found = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield found
    resource.setrlimit(resource.RLIMIT_NOFILE, found)


@pytest.mark.skipif(sys.platform == "win32", reason="this system has no such limits")
def test_a_process_may_have_more_files_open_and_never_fewer(limits: tuple[int, int]) -> None:
    soft, hard = limits
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft - 20, hard))
    allow_open_files(soft - 10)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (soft - 10, hard)
    allow_open_files(soft - 15)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (soft - 10, hard)


@pytest.mark.skipif(sys.platform == "win32", reason="this system has no such limits")
def test_a_process_may_have_no_more_files_open_than_its_system_allows(limits: tuple[int, int]) -> None:
    hard = limits[1]
    if hard == resource.RLIM_INFINITY:
        pytest.skip("this system allows as many as are wanted")
    allow_open_files(hard + 1)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
