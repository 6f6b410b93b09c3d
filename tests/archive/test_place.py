"""Where archives rest."""

from pathlib import Path

import fsspec
import pytest

from peerset.archive.place import FolderPlace, Place, RemotePlace, open_place
from peerset.errors import ConfigError, StoreError


@pytest.fixture(params=["folder", "file", "remote"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "remote":
        fsspec.filesystem("memory").store.clear()
        return open_place("memory://rooms/lobby/")
    return open_place(str(tmp_path / "a b") if request.param == "folder" else f"file://{tmp_path}/a%20b")


def test_files_are_written_read_listed_and_removed(place: Place, tmp_path: Path) -> None:
    assert (place.read("m", bytes_max=9), place.size("days/a"), place.sizes("days")) == (None, None, {})
    source = tmp_path / "source"
    for text in ("one", "other"):
        source.write_text(text)
        place.put("days/a", source)
        assert place.fetch("days/a", tmp_path / "into").read_text() == text
    place.replace("m", b"0123456789")
    place.replace("m", b"9876543210")
    assert (place.read("m", bytes_max=100), place.read("m", bytes_max=4)) == (b"9876543210", b"98765")
    assert (place.size("days/a"), place.sizes("days")) == (5, {"days/a": 5})
    place.remove("days/a")
    place.remove("days/a")
    assert place.sizes("days") == {}


def test_what_is_no_place_is_said() -> None:
    for text, reason in [("", "in a folder"), ("floppy://a", "cannot be at")]:
        with pytest.raises((ConfigError, StoreError), match=reason):
            open_place(text).read("m", bytes_max=1)


@pytest.mark.parametrize(("scheme", "package"), [("s3", "s3fs"), ("gs", "gcsfs")])
def test_what_reaches_a_scheme_is_named_where_it_is_missing(
    scheme: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str) -> object:
        raise ImportError(f"Install {package} to access it")

    monkeypatch.setattr(fsspec.core, "get_filesystem_class", absent)
    with pytest.raises(ConfigError, match=package):
        open_place(f"{scheme}://bucket/lobby")


def test_a_folder_that_cannot_be_used_is_an_error_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    place = FolderPlace(tmp_path / "file")
    for call in (
        lambda: place.read("m", bytes_max=1),
        lambda: place.size("m"),
        lambda: place.put("m", tmp_path / "file"),
        lambda: place.replace("m", b""),
        lambda: place.remove("m"),
    ):
        with pytest.raises(StoreError, match="cannot be"):
            call()


def test_a_file_system_that_fails_is_an_error_of_the_store(tmp_path: Path) -> None:
    class Broken:
        def __getattr__(self, name: str) -> object:
            raise RuntimeError(f"no {name}\nand more")

    place = RemotePlace(Broken(), "bucket")
    for call in (lambda: place.sizes("days"), lambda: place.fetch("m", tmp_path), lambda: place.put("m", tmp_path)):
        with pytest.raises(StoreError, match=r"bucket/\w+ cannot be \w+: no \w+$"):
            call()
