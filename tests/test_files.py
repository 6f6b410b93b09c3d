"""Text files are read in whatever way a system wrote them; files are written whole, or into what is no file."""

import codecs
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from peerset.errors import ConfigError
from peerset.files import is_replaced, mark_bytes, read_text, sweep_parts, write_new, writing
from tests.patience import PATIENT_SECONDS


def made(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def _umask() -> None:
    os.umask(0o022)


@pytest.mark.parametrize(
    "data",
    [
        b"one\ntwo\n",
        b"one\r\ntwo\r\n",
        b"one\rtwo\r",
        codecs.BOM_UTF8 + b"one\ntwo\n",
        codecs.BOM_UTF8 + b"one\r\ntwo\n",
    ],
)
def test_a_text_is_the_same_however_its_system_writes_it(tmp_path: Path, data: bytes) -> None:
    assert read_text(made(tmp_path / "a", data), bytes_max=100) == "one\ntwo\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("ab".encode("utf-16"), "UTF-16"),
        ("ab".encode("utf-16-le"), "UTF-16"),
        ("ab".encode("utf-16-be"), "UTF-16"),
        ("ab".encode("utf-32"), "UTF-32"),
    ],
)
def test_another_encoding_is_named(tmp_path: Path, data: bytes, encoding: str) -> None:
    with pytest.raises(ConfigError, match=f"a is {encoding}, not UTF-8: save it"):
        read_text(made(tmp_path / "a", data), bytes_max=100)


def test_bytes_that_are_no_text_are_told_by_their_line_and_not_quoted(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="mine, line 2: not UTF-8") as caught:
        read_text(made(tmp_path / "a", b"one\ns\xffcret"), bytes_max=100, what="mine")
    assert caught.value.__suppress_context__


def test_a_text_of_the_largest_size_is_read_and_a_longer_one_refused(tmp_path: Path) -> None:
    assert read_text(made(tmp_path / "a", b"123"), bytes_max=3) == "123"
    with pytest.raises(ConfigError, match="is longer than 2 bytes"):
        read_text(tmp_path / "a", bytes_max=2)


@pytest.mark.parametrize(("name", "reason"), [("none", "No such file"), (".", "Is a directory"), ("a\0b", "null byte")])
def test_what_cannot_be_read_says_why(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=rf"cannot be read: .*{reason}"):
        read_text(tmp_path / name, bytes_max=3)


def test_a_mark_is_counted() -> None:
    assert (mark_bytes(codecs.BOM_UTF8 + b"x", "a"), mark_bytes(b"x", "a"), mark_bytes(b"", "a")) == (3, 0, 0)
    assert mark_bytes(b"a\0bc", "a") == 0


def test_a_file_is_put_in_place_whole(tmp_path: Path) -> None:
    path = made(tmp_path / "a", b"old")
    with writing(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = made(tmp_path / "a", b"old")
    with suppress(KeyError), writing(path) as file:
        file.write(b"half")
        raise KeyError
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (b"old", [path])


def test_a_file_keeps_its_mode_and_a_new_one_heeds_the_umask(tmp_path: Path) -> None:
    path = made(tmp_path / "a", b"old")
    path.chmod(0o640)
    for name in ("a", "b"):
        with writing(tmp_path / name) as file:
            file.write(b"new")
    assert (mode_of(path), mode_of(tmp_path / "b")) == (0o640, 0o644)


def test_a_private_file_is_its_owners_from_the_start(tmp_path: Path) -> None:
    with writing(tmp_path / "a", is_private=True) as file:
        assert stat.S_IMODE(os.fstat(file.fileno()).st_mode) == 0o600
    assert mode_of(tmp_path / "a") == 0o600


def test_two_writers_of_one_file_do_not_share_a_part(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with writing(path) as one:
        one.write(b"one" * 10)
        with writing(path) as other:
            other.write(b"other")
    assert path.read_bytes() == b"one" * 10


def test_a_link_is_followed(tmp_path: Path) -> None:
    real = made(tmp_path / "real", b"old")
    link = tmp_path / "link"
    link.symlink_to("real")
    with writing(link) as file:
        file.write(b"new")
    assert (link.is_symlink(), real.read_bytes()) == (True, b"new")


def test_a_link_to_nothing_makes_what_it_names(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("real")
    assert not is_replaced(link)
    with writing(link) as file:
        file.write(b"new")
    assert (link.is_symlink(), (tmp_path / "real").read_bytes()) == (True, b"new")


@pytest.mark.real_time
def test_a_pipe_is_written_into_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    with writing(pipe) as file:
        file.write(b"new")
    reader.join(PATIENT_SECONDS)
    assert (read, pipe.is_fifo(), is_replaced(pipe)) == ([b"new"], True, False)


@pytest.fixture
def terminal() -> Iterator[tuple[Path, int]]:
    """A device of this test's own, where no file can be put, and where what is written into it can be read.

    /dev/null, replaced by root, would be gone for the whole machine.
    """
    reading, device = os.openpty()
    # It is the terminal of whoever opens it and has none, and hangs up when it is closed.
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    yield Path(os.ttyname(device)), reading
    os.close(device)
    os.close(reading)
    signal.signal(signal.SIGHUP, before)


def test_a_device_is_written_into_and_not_replaced(terminal: tuple[Path, int]) -> None:
    path, reading = terminal
    with writing(path) as file:
        file.write(b"new")
    assert (os.read(reading, 10), path.is_char_device(), is_replaced(path)) == (b"new", True, False)


@pytest.mark.parametrize("name", ["missing/a", ".", "file/a"])
def test_what_cannot_be_written_says_why(tmp_path: Path, name: str) -> None:
    made(tmp_path / "file", b"")
    with (
        pytest.raises(ConfigError, match=r"cannot write .*: (No such file|Is a directory|Not a directory)"),
        writing(tmp_path / name),
    ):
        pass


def test_a_new_file_never_replaces_another(tmp_path: Path) -> None:
    write_new(tmp_path / "a", b"one")
    assert (mode_of(tmp_path / "a"), (tmp_path / "a").read_bytes()) == (0o600, b"one")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "a", b"two")


def test_what_killed_processes_left_of_files_is_swept_and_what_others_write_stays(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    left = [tmp_path / f".rooms.json.{process}-0.part" for process in (int(ended.stdout), os.getpid(), 2**33)]
    stays = [tmp_path / f".rooms.json.{os.getppid()}-1.part", tmp_path / "rooms.part", tmp_path / ".rooms.1-2.part.db"]
    for path in [*left, *stays]:
        made(path, b"half of")
    assert sweep_parts(tmp_path) == len(left)
    assert sorted(tmp_path.iterdir()) == sorted(stays)
    assert sweep_parts(tmp_path / "nowhere") == 0


def test_what_is_being_written_has_a_name_that_is_swept(tmp_path: Path) -> None:
    with suppress(ConfigError), writing(tmp_path / "a\nb"):
        [part] = tmp_path.iterdir()
        assert sweep_parts(tmp_path) == 1
        assert not part.exists()
