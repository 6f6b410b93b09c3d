"""Files and folders of this disk are looked at before anything is done."""

import os
from pathlib import Path

import pytest

from peerset.cli.exits import NotFoundError
from peerset.cli.local import local_file, local_folder, media_type, target_of
from peerset.errors import ConfigError


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"12345")
    return tmp_path


def test_a_file_has_its_size_and_mode_and_a_pipe_has_none(here: Path) -> None:
    (here / "file").chmod(0o700)
    os.mkfifo("pipe")
    assert (local_file("file").size, local_file("file").is_executable) == (5, True)
    assert (local_file("pipe").size, local_file("pipe").is_executable) == (None, False)
    with pytest.raises(NotFoundError, match="there is no file 'none'"):
        local_file("none")
    with pytest.raises(ConfigError, match="is a folder: mirror"):
        local_file("folder")
    for odd in ("", "x" * 10_000, "a\0b"):
        with pytest.raises(ConfigError):
            local_file(odd)


def test_a_folder_is_one_or_is_to_be_made(here: Path) -> None:
    assert local_folder("folder", must_exist=True) == Path("folder")
    assert local_folder("new/one", must_exist=False) == Path("new/one")
    with pytest.raises(NotFoundError):
        local_folder("new", must_exist=True)
    with pytest.raises(ConfigError, match="is no folder"):
        local_folder("file", must_exist=False)


def test_a_file_is_written_where_that_is_said_and_over_nothing_else(here: Path) -> None:
    assert target_of("", "a/b.txt") == here / "b.txt"
    assert target_of("file", "a/b.txt") == here / "file"
    with pytest.raises(ConfigError, match="exists already"):
        target_of("", "a/file")
    with pytest.raises(ConfigError, match="is a folder"):
        target_of("folder", "a")
    with pytest.raises(ConfigError, match="there is no folder"):
        target_of("none/x", "a")


@pytest.mark.parametrize("odd", ["text", "text/\u0445", "a/b\n", "x/" + "y" * 200, " a/b"])
def test_what_is_no_media_type_is_refused(odd: str) -> None:
    assert media_type("") is None
    assert media_type("text/plain; charset=utf-8") == "text/plain; charset=utf-8"
    with pytest.raises(ConfigError, match="a media type"):
        media_type(odd)
