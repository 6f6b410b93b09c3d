"""``peerset version``."""

import pytest

import peerset
from peerset.cli.version import show


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    show()
    assert capsys.readouterr().out == f"peerset {peerset.__version__}\n"
