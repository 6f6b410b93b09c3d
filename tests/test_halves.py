"""The halves of the tests, each of which loads its own files alone."""

import re
from pathlib import Path

import pytest

from tests.halves import MARKS, REAL_TIME, VIRTUAL, may_have

HERE = Path(__file__).parent
BOTH = "import pytest\n\n\n@pytest.mark.real_time\nasync def test_x() -> None: ...\n\n\ndef test_y() -> None: ...\n"
WHOLLY = "import pytest\n\npytestmark = [pytest.mark.node, pytest.mark.timeout(170)]\n\n\ndef test_x() -> None: ...\n"
PLAIN = 'import pytest\n\npytestmark = pytest.mark.usefixtures("wall")\n\n\ndef test_real_time() -> None: ...\n'


@pytest.mark.parametrize(
    ("source", "real", "virtual"), [(BOTH, True, True), (WHOLLY, True, False), (PLAIN, False, True)]
)
def test_a_file_is_loaded_by_the_halves_that_it_has_tests_of(source: str, real: bool, virtual: bool) -> None:
    assert (may_have(REAL_TIME, source), may_have(VIRTUAL, source)) == (real, virtual)
    assert all(may_have(asked, source) for asked in ("", "interop", "real_time"))


def test_make_asks_for_the_halves() -> None:
    makefile = (HERE.parent / "Makefile").read_text()
    assert f"\nREAL_TIME := {REAL_TIME}\n" in makefile
    assert makefile.count("-m 'not ($(REAL_TIME))'") == makefile.count("-m '$(REAL_TIME)'") == 2


def test_marks_stand_in_the_files_of_the_tests_that_have_them() -> None:
    mark = rf"mark\.(?:{'|'.join(MARKS)})\b"
    elsewhere = re.compile(rf"{mark}|\badd_marker\b")
    named = re.compile(rf"^(?!pytestmark)\w+ = .*{mark}", re.MULTILINE)
    sources = {path: path.read_text() for path in HERE.rglob("*.py") if path != Path(__file__)}
    assert [path for path, source in sources.items() if not path.match("test_*.py") and elsewhere.search(source)] == []
    assert [path for path, source in sources.items() if named.search(source)] == []
