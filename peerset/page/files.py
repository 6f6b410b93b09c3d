"""The files a page consists of, read once into memory: no request ever touches the disk."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from peerset.errors import ConfigError

BUILT: Final = Path(__file__).with_name("static")
"""Where ``npm run build`` of web/ puts its files; a wheel brings them along."""

BUILT_NAMES: Final = (
    "peerset.bundle.js",
    "verify-worker.js",
    "derive-worker.js",
    "libsodium.js",
    "files-worker.js",
    "secp256k1.wasm",
    "LICENSES.md",
)
STYLES: Final = Path(__file__).with_name("page.css")
TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
}


@dataclass(frozen=True, slots=True)
class PageFile:
    """One file as it is sent."""

    content_type: str
    body: bytes
    gzipped: bytes
    tag: str
    """Names the content, for caches."""


def is_built(folder: Path = BUILT) -> bool:
    """Say whether the page's scripts are there."""
    return all((folder / name).is_file() for name in BUILT_NAMES)


def read_files(document: str, *, folder: Path = BUILT) -> dict[str, PageFile]:
    """Give the page's files by name, *document* as ``index.html``.

    Raises:
        ConfigError: the page was not built.

    """
    if not is_built(folder):
        raise ConfigError(
            f"the page is not built: {folder} lacks its scripts. In a checkout, with Node.js 20 or newer: "
            "npm ci --prefix web && npm run build --prefix web (a wheel made by `make test` has them)"
        )
    paths = [*(folder / name for name in BUILT_NAMES), STYLES]
    found = {path.name: _file(path.suffix, path.read_bytes()) for path in paths}
    return {"index.html": _file(".html", document.encode()), **found}


def _file(suffix: str, body: bytes) -> PageFile:
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return PageFile(TYPES[suffix], body, gzip.compress(body, mtime=0), tag)
