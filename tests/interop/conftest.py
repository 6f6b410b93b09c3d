"""Browsers with all pages of the folder, for all its tests."""

from collections.abc import Iterator

import pytest

from tests.interop.browser import HERE, Browsers


@pytest.fixture(scope="package")
def browsers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browsers]:
    with Browsers(tmp_path_factory.mktemp("browsers"), site=sorted(HERE.glob("*page*.mjs"))) as started:
        yield started
