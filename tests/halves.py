"""Has each half of the tests load its own files alone: to load those of both took more time than many of their tests.

The halves are what needs the real clock, by its marks, and all else (Makefile). Marks are read from the text of a file,
so they stand in the file of the test that has them; where others are asked for, every file is loaded.
"""

import gc
import re
from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest

MARKS: Final = ("real_time", "browser", "node")
REAL_TIME: Final = " or ".join(MARKS)
VIRTUAL: Final = f"not ({REAL_TIME})"
_MARK: Final = rf"mark\.(?:{'|'.join(MARKS)})\b"
_MARKED: Final = re.compile(_MARK)
_WHOLLY_MARKED: Final = re.compile(rf"^pytestmark = .*{_MARK}", re.MULTILINE)


def may_have(half: str, source: str) -> bool:
    """Say whether a file of this *source* may have a test of a *half*, which is what pytest is given by ``-m``."""
    if half == REAL_TIME:
        return _MARKED.search(source) is not None
    return half != VIRTUAL or _WHOLLY_MARKED.search(source) is None


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Pass over the files that have nothing of the half that is asked for."""
    is_test = collection_path.match("test_*.py")
    return True if is_test and not may_have(config.option.markexpr, collection_path.read_text("utf-8")) else None


GARBAGE_OBJECTS: Final = 10_000
"""After so many new objects it is looked for garbage, not after 700: that took a fifteenth of the time of tests."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage among half a million objects that stay: not while they are made, and not ever after."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
        gc.set_threshold(GARBAGE_OBJECTS)
