"""Documents of a page: 100,000 of six fields and three indexes in headless Chromium's IndexedDB.

The references of the same run: a bare database with the same rows and indexes, and Dexie, where its registry gives it.
Everything is measured in the page by ``web/bench/documents.page.ts``; writes are those of the quickest quarter of the
batches, for others share the machine.
"""

import json
import subprocess
from collections.abc import Iterator

from tests.bench.browser import WEB


def run() -> Iterator[tuple[str, float, str]]:
    """Measure; give (name, value, unit) as they come."""
    command = [str(WEB / "node_modules" / ".bin" / "tsx"), "bench/documents.ts"]
    with subprocess.Popen(command, cwd=WEB, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            what, figure, unit = json.loads(line)
            yield what, figure, unit
    if process.returncode:
        raise RuntimeError(f"the page ended with {process.returncode}")
