"""Writes limits.json: every limit by its name. Run it after a change of peerset/core/limits.py."""

import json
from pathlib import Path
from typing import Final

from peerset.core import limits

FILE: Final = Path(__file__).with_name("limits.json")


def make() -> str:
    """Give the text of the file."""
    values = {name: value for name, value in vars(limits).items() if name.isupper()}
    return json.dumps({"limits": values}, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
