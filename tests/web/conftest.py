"""One Chromium for all tests of the folder."""

from collections.abc import Iterator

import pytest

from tests.interop.chromium import run_chromium
from tests.web.peer_page import ROOT, SITE


@pytest.fixture(scope="package")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Give the port on which pages are opened."""
    assert (ROOT / "web" / "node_modules").is_dir(), "run `npm ci --prefix web` first (make test does)"
    with run_chromium(tmp_path_factory.mktemp("chromium"), site=SITE) as port:
        yield port
