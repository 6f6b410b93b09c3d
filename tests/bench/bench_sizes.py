"""How much a page downloads for peerset, beside GUN and OrbitDB from the registry; all built by the same bundler."""

import json
import subprocess
from pathlib import Path
from typing import Final

WEB: Final = Path(__file__).resolve().parents[2] / "web"

Row = tuple[str, float, str]


def run() -> list[Row]:
    """Measure what was built by ``npm run build``; gzipped, in kB of 1000 bytes."""
    command = ["npm", "run", "--silent", "sizes", "--", "--beside", "--json"]
    sizes = subprocess.run(command, cwd=WEB, capture_output=True, text=True, check=True).stdout
    return [(size["what"], size["gzipped"] / 1_000, "kB gzipped") for size in json.loads(sizes)]
