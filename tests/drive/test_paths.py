"""Paths of files: which are taken, and which can be written on every system."""

import pytest

from peerset.drive.paths import fault_of, folded, local_fault_of, part_of, read_folder, read_path
from peerset.errors import ConfigError


@pytest.mark.parametrize("path", ["a", "a/b.txt", "Grüße/日本", "..a/b..", ".hidden", "a b", "C:\\x", "x" * 512])
def test_paths_are_taken_as_they_are(path: str) -> None:
    assert read_path(path) == path


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "1 to 512"),
        ("ü" * 257, "514 bytes"),
        ("/a", "slash"),
        ("a/", "empty"),
        ("a//b", "empty"),
        ("..", "out of its folder"),
        ("a/../b", "out of its folder"),
        ("./a", "out of its folder"),
        ("a\0b", "control"),
        ("a\x7f", "control"),
        ("\ud800", "surrogate"),
        (7, "no text"),
    ],
)
def test_what_is_no_path_is_told_why(path: object, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        read_path(path)


def test_folders_end_with_a_slash_or_are_all() -> None:
    assert [read_folder(each) for each in ("", "/", "a", "a/", "a/b")] == ["", "", "a/", "a/", "a/b/"]
    with pytest.raises(ConfigError):
        read_folder("../a")


@pytest.mark.parametrize(
    "path",
    [
        "CON",
        "con.txt",
        "a/LPT1",
        "aux.tar.gz",
        "a:b",
        'a"b',
        "a\\b",
        "a?",
        "a*",
        "a<b",
        "dot.",
        "space ",
        "x" * 256,
        part_of("a"),
    ],
)
def test_what_windows_does_not_take_is_told(path: str) -> None:
    assert fault_of(path) is None
    assert local_fault_of(path)


@pytest.mark.parametrize("path", ["a", "console.txt", "lpt", "com10", "a/b c/.d", "x" * 255, "a.peerset-part"])
def test_what_all_systems_take_is_fine(path: str) -> None:
    assert local_fault_of(path) is None


def test_paths_that_are_one_file_somewhere_are_folded_alike() -> None:
    assert folded("Readme.TXT") == folded("README.txt")
    assert folded("u\u0308ber") == folded("\u00dcber")
    assert folded("a") != folded("b")
