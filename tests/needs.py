"""Prints what an extra of pyproject.toml takes to be used, one requirement a line; ``python tests/needs.py tests``.

Before anything is installed: the Makefile fetches all of it once, for each of its environments.
"""

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

PROJECT: Final = Path(__file__).resolve().parents[1] / "pyproject.toml"
_OWN: Final = re.compile(r"peerset\[(.*)\]")


def needs(project: Mapping[str, Any], extra: str) -> Sequence[str]:
    """Give the requirements of a *project*, a table of that name, and of an *extra* with all that it names in turn."""
    return [*project["dependencies"], *_of(project["optional-dependencies"], extra)]


def _of(extras: Mapping[str, Sequence[str]], extra: str) -> Iterator[str]:
    for need in extras[extra]:
        own = _OWN.fullmatch(need)
        if own is None:
            yield need
        else:
            for name in own[1].split(","):
                yield from _of(extras, name)


if __name__ == "__main__":
    print(*needs(tomllib.loads(PROJECT.read_text("utf-8"))["project"], sys.argv[1]), sep="\n")
