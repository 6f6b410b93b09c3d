"""What hatchling does beyond its own: no wheel lacks the page, and no link of the README is broken elsewhere.

`python -m build` reads this file; nothing else does.
"""

import os
import re
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

STATIC: Final = "peerset/page/static"
BUILT_NAMES: Final = (
    "peerset.bundle.js",
    "verify-worker.js",
    "derive-worker.js",
    "libsodium.js",
    "files-worker.js",
    "secp256k1.wasm",
    "LICENSES.md",
)
"""Those of peerset/page/files.py, which cannot be imported while there is no peerset."""
WITHOUT_PAGE: Final = "PEERSET_WITHOUT_PAGE"
"""Set to 1 in the environment, it lets a package be built that cannot serve the page."""


class PageHook(BuildHookInterface[Any]):
    """Refuses to build what would lack the page."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Check before anything is built; an editable installation finds the page once it is built."""
        del build_data
        if version != "editable" and os.environ.get(WITHOUT_PAGE) != "1":
            check_page(Path(self.root))


class ReadmeHook(MetadataHookInterface):
    """Gives the README to those who read it elsewhere."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the description of the package."""
        text = (Path(self.root) / "README.md").read_text("utf-8")
        home = metadata.get("urls", {}).get("Source", "")
        metadata["readme"] = {"content-type": "text/markdown", "text": readme_elsewhere(text, home)}


def check_page(root: Path) -> None:
    """Look for the page's scripts.

    Raises:
        SystemExit: some are missing; it says how to make them.

    """
    missing = [name for name in BUILT_NAMES if not (root / STATIC / name).is_file()]
    if missing:
        raise SystemExit(
            f"the page is not built: {STATIC} lacks {', '.join(missing)}. With Node.js 20 or newer: "
            "npm ci --prefix web && npm run build --prefix web. "
            f"To build a package that cannot serve the page: {WITHOUT_PAGE}=1"
        )


def readme_elsewhere(text: str, home: str) -> str:
    """Give *text* with every link into the repository made one to *home*; without a home, links become their words.

    *home* is where the files of the repository are shown, as in ``https://git.example/peerset/blob/main``; pictures
    come from the same place with ``raw`` for ``blob``.
    """

    def replace(found: re.Match[str]) -> str:
        mark, words, target = found["mark"], found["words"], found["target"]
        is_code = target is None
        if is_code or re.match(r"[a-z]+:|#", target):
            return found[0]
        if not home:
            return f"*{words}*" if mark else words
        place = home.replace("/blob/", "/raw/") if mark else home
        return f"{mark}[{words}]({place.rstrip('/')}/{target})"

    code = r"```.*?```|`[^`\n]*`"
    link = r"(?P<mark>!?)\[(?P<words>[^\]]*)\]\((?P<target>[^)\s]+)\)"
    return re.sub(f"{code}|{link}", replace, text, flags=re.DOTALL)
