"""The hidden folder in which things are made."""

from pathlib import Path

import pytest

from peerset.backup.workshop import keep, workshop
from peerset.errors import ConfigError


def test_it_is_gone_afterwards_and_what_others_left_is_cleared(tmp_path: Path) -> None:
    place = tmp_path / ".x.making"
    (place / "bench" / "left").mkdir(parents=True)
    with workshop(place) as bench:
        assert list(bench.iterdir()) == []
        (bench / "a").write_text("b")
        keep(bench / "a")
        keep(bench)
    assert list(tmp_path.iterdir()) == []


def test_two_do_not_work_in_one(tmp_path: Path) -> None:
    with workshop(tmp_path / "x") as bench:
        (bench / "a").write_text("b")
        with pytest.raises(ConfigError, match="another process is at work"), workshop(tmp_path / "x"):
            pass
        assert (bench / "a").read_text() == "b"
