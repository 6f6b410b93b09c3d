"""Examining disk and keys."""

from pathlib import Path

import pytest

from peerset.doctor.finding import Health
from peerset.doctor.machine import examine_directory, examine_keys
from peerset.keyfiles import create_key


def test_a_directory_is_made_and_left_clean(tmp_path: Path) -> None:
    finding = examine_directory(tmp_path / "data")
    assert finding.health is Health.WELL
    assert list((tmp_path / "data").iterdir()) == []


def test_a_file_in_its_place_is_ill(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    finding = examine_directory(tmp_path / "data")
    assert finding.health is Health.ILL
    assert "--store" in finding.advice


def test_a_nearly_full_disk_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("peerset.doctor.machine.FREE_BYTES_MIN", 2**70)
    assert examine_directory(tmp_path).health is Health.WEAK


def test_each_key_is_examined(tmp_path: Path) -> None:
    create_key("open", directory=tmp_path)
    create_key("sealed", directory=tmp_path, passphrase="correct horse")
    create_key("unsafe", directory=tmp_path)
    (tmp_path / "unsafe.key").chmod(0o644)
    healths = {finding.name: finding.health for finding in examine_keys(tmp_path)}
    assert healths == {"key open": Health.WELL, "key sealed": Health.WELL, "key unsafe": Health.WEAK}
