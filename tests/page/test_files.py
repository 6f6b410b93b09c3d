"""The files of a page: all there, or a clear word about what to do."""

import gzip
from pathlib import Path

import pytest

from peerset.errors import ConfigError
from peerset.page.files import BUILT_NAMES, is_built, read_files


def test_every_file_has_its_type_and_a_compressed_form(built: Path) -> None:
    files = read_files("<!doctype html>", folder=built)
    assert {name: file.content_type.partition(";")[0] for name, file in files.items()} == {
        "index.html": "text/html",
        "page.css": "text/css",
        "peerset.bundle.js": "text/javascript",
        "derive-worker.js": "text/javascript",
        "libsodium.js": "text/javascript",
        "files-worker.js": "text/javascript",
        "verify-worker.js": "text/javascript",
        "secp256k1.wasm": "application/wasm",
        "LICENSES.md": "text/plain",
    }
    assert all(gzip.decompress(file.gzipped) == file.body for file in files.values())
    assert files["verify-worker.js"].body == b"built verify-worker.js"


def test_another_content_has_another_tag(built: Path) -> None:
    one, other = read_files("one", folder=built)["index.html"], read_files("other", folder=built)["index.html"]
    assert one.tag != other.tag
    assert read_files("one", folder=built)["index.html"].tag == one.tag


@pytest.mark.parametrize("missing", BUILT_NAMES)
def test_a_page_that_was_not_built_is_said_plainly(built: Path, missing: str) -> None:
    assert is_built(built)
    (built / missing).unlink()
    assert not is_built(built)
    with pytest.raises(ConfigError, match="npm run build"):
        read_files("", folder=built)
