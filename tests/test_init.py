"""The package itself: its names are there at their first use, and nothing is loaded before."""

import subprocess
import sys

import pytest

import peerset
import peerset.api
from tests.patience import PATIENT_SECONDS


def ran(code: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENT_SECONDS
    )
    return ended.stdout.strip()


def test_every_public_name_is_there() -> None:
    assert {name: getattr(peerset, name) for name in peerset.__all__} == {
        name: getattr(peerset.api, name) for name in peerset.api.__all__
    }
    assert set(peerset.__all__) <= set(dir(peerset))


def test_what_is_no_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="'peerset' has no attribute 'joyn'"):
        _ = peerset.joyn  # type: ignore[attr-defined]


@pytest.mark.real_time
def test_a_name_is_loaded_when_it_is_used_and_what_policies_are_made_of_alone() -> None:
    code = (
        "import sys, peerset_moderation.words, peerset_moderation.links, peerset;"
        "print('peerset.api' in sys.modules, peerset.Room.__name__, 'peerset.api' in sys.modules)"
    )
    assert ran(code) == "False Room True"


@pytest.mark.real_time
@pytest.mark.parametrize(
    "code",
    ["from peerset import *; print(Room.__name__)", "import peerset; print(peerset.errors.ConfigError.__name__)"],
)
def test_names_and_parts_are_found_in_every_way(code: str) -> None:
    assert ran(code) in {"Room", "ConfigError"}
