"""Browsers with a page of our TypeScript peer, for all tests of the folder."""

from collections.abc import Iterator

import pytest

from tests.interop.browser import Browsers
from tests.web.peer_page import ROOT, SITE


@pytest.fixture(scope="package")
def browsers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browsers]:
    assert (ROOT / "web" / "node_modules").is_dir(), "run `npm ci --prefix web` first (make test does)"
    with Browsers(tmp_path_factory.mktemp("browsers"), site=SITE) as started:
        yield started
