"""``peerset files``: onto the disk and into the room."""

import asyncio
import json
import resource
import signal
from pathlib import Path
from typing import Any

import pytest

from peerset.cli.exits import ExitCode
from peerset.protocol import blob_fetching
from peerset.stores.blob_folder import FolderBlobs
from tests.drive.rooms import content
from tests.patience import PATIENT_SECONDS, wait_until

pytestmark = pytest.mark.real_time

DOCS = Path(__file__).parents[2] / "docs"
NOWHERE = ("--signaling", "ws://127.0.0.1:9", "--wait", "0")


def done(shell: Any, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    ended = shell("files", *arguments, "--json")
    assert ended.code == code, ended.err
    return [json.loads(line) for line in ended.out.splitlines()]


def test_a_file_is_put_listed_got_and_deleted(shell: Any, home: Path) -> None:
    data = content(300_000)
    (home / "photo.jpg").write_bytes(data)
    (home / "photo.jpg").chmod(0o755)
    [row] = done(shell, "put", "lobby", "site", "a/b.jpg", "photo.jpg", *NOWHERE)
    assert (row["path"], row["size"], row["type"], row["executable"]) == ("a/b.jpg", 300_000, "image/jpeg", True)
    assert done(shell, "list", "lobby", "site") == [row]
    assert done(shell, "list", "lobby", "site", "--ignore", "*.jpg") == []
    [got] = done(shell, "get", "lobby", "site", "a/b.jpg", *NOWHERE)
    assert got["to"] == str(home / "b.jpg")
    assert (home / "b.jpg").read_bytes() == data
    assert (home / "b.jpg").stat().st_mode & 0o100
    # Nothing is written over that nobody named.
    assert shell("files", "get", "lobby", "site", "a/b.jpg", *NOWHERE).code == ExitCode.USAGE
    [one] = done(shell, "download", "lobby", "site", *NOWHERE)
    assert one == {"files": 1, "bytes": 300_000}
    assert done(shell, "delete", "lobby", "site", "a/b.jpg", *NOWHERE) == [{"path": "a/b.jpg", "deleted": True}]
    assert done(shell, "list", "lobby", "site") == []


def test_a_file_goes_through_pipes(shell: Any) -> None:
    assert shell("files", "put", "lobby", "site", "a.txt", "-", *NOWHERE, stdin="hello").code == 0
    [row] = done(shell, "list", "lobby", "site")
    assert (row["size"], row["type"]) == (5, "text/plain")
    assert shell("files", "get", "lobby", "site", "a.txt", "-", *NOWHERE).out == "hello"


def test_a_mirror_tells_its_steps_does_nothing_when_dry_and_prunes_when_asked(shell: Any, home: Path) -> None:
    (home / "here" / "sub").mkdir(parents=True)
    (home / "here" / "sub" / "a").write_bytes(b"a")
    (home / "here" / "b.tmp").write_bytes(b"b")
    up = ("mirror", "lobby", "site", "here", "--direction", "up", "--ignore", "*.tmp", *NOWHERE)
    steps = [{"deed": "add", "path": "sub/a", "size": 1}]
    assert done(shell, *up, "--dry-run") == steps
    assert done(shell, "list", "lobby", "site") == []
    assert done(shell, *up) == steps
    assert done(shell, *up) == []
    down = ("mirror", "lobby", "site", "there", "--direction", "down", *NOWHERE)
    assert done(shell, *down, "--dry-run") == steps
    assert not (home / "there").exists()
    assert done(shell, *down) == steps
    assert (home / "there" / "sub" / "a").read_bytes() == b"a"
    (home / "there" / "mine").write_bytes(b"mine")
    assert done(shell, *down) == []
    assert done(shell, *down, "--prune") == [{"deed": "remove", "path": "mine", "size": 4}]
    assert not (home / "there" / "mine").exists()


def test_a_mirror_leaves_what_leads_out_of_its_folder_alone_and_says_so(shell: Any, home: Path) -> None:
    (home / "secret").mkdir()
    (home / "secret" / "a").write_bytes(b"secret")
    (home / "here").mkdir()
    (home / "here" / "link").symlink_to(home / "secret")
    (home / "here" / "A").write_bytes(b"one")
    up = ("mirror", "lobby", "site", "here", "--direction", "up", *NOWHERE)
    steps = done(shell, *up, code=ExitCode.FAILED)
    assert [(step["deed"], step["path"]) for step in steps] == [("skip", "link"), ("add", "A")]
    for path in ("link/a", "a"):
        assert shell("files", "put", "lobby", "site", path, "-", *NOWHERE, stdin="theirs").code == 0
    down = ("mirror", "lobby", "site", "here", "--direction", "down", *NOWHERE)
    reasons = {step["path"]: step.get("reason", "") for step in done(shell, *down, code=ExitCode.FAILED)}
    assert "nothing is written through it" in reasons["link/a"]
    assert "the same file as 'A'" in reasons["a"]
    assert (home / "secret" / "a").read_bytes() == b"secret"
    assert (home / "here" / "A").read_bytes() == b"one"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("put", "lobby", "site", "../a", "file"), "leads out of its folder"),
        (("put", "lobby", "site", "a", "none"), "there is no file 'none'"),
        (("put", "lobby", "site", "a", "file", "--type", "text"), "a media type"),
        (("get", "lobby", "Site", "a"), "a collection's name"),
        (("get", "lobby", "site", "a", "--author", "me"), "key"),
        (("mirror", "lobby", "site", "file", "--direction", "down"), "is no folder"),
        (("mirror", "lobby", "site", "none", "--direction", "up"), "there is no folder"),
        (("mirror", "lobby", "site", ".", "--direction", "left"), "up or down"),
        (("download", "lobby", "site", "/etc"), "paths are relative"),
    ],
)
def test_what_is_typed_wrongly_is_named_before_anything_is_made(
    shell: Any, home: Path, arguments: tuple[str, ...], word: str
) -> None:
    (home / "file").write_bytes(b"x")
    ended = shell("files", *arguments, *NOWHERE)
    assert ended.code in {ExitCode.USAGE, ExitCode.MISSING}
    assert word in ended.err
    assert sorted(path.name for path in home.iterdir()) == ["file"]


def test_a_verb_ends_by_the_codes_that_its_row_says_and_loses_nothing(shell: Any, home: Path) -> None:
    (home / "file").write_bytes(bytes(300_000))
    (home / "there").mkdir()
    (home / "there" / "mine").write_bytes(b"mine")
    alone = ("--signaling", "ws://127.0.0.1:9", "--wait", "0.01")
    down, up = ("--direction", "down", "--prune"), ("--direction", "up")
    cases = (
        ("put", ("a", "none", *NOWHERE), ExitCode.MISSING, "there is no file 'none'"),
        ("put", ("a", "file", *NOWHERE, "--with-files", "used:blob=200000"), ExitCode.FAILED, "more than 200000 bytes"),
        ("get", ("a", *NOWHERE), ExitCode.MISSING, "there is no file 'a' in 'site' here"),
        ("delete", ("a", *NOWHERE), ExitCode.MISSING, "there is no file 'a' of ours in 'site' here"),
        ("download", ("b", *NOWHERE), ExitCode.MISSING, "there are no files in 'b' here"),
        ("mirror", ("there", *down, *NOWHERE), ExitCode.MISSING, "there are no files in 'site' here"),
        ("mirror", ("none", *up, *NOWHERE), ExitCode.MISSING, "there is no folder 'none'"),
        ("mirror", ("there", *up, *alone), ExitCode.ALONE, "no peer took it"),
        ("put", ("a", "file", *alone), ExitCode.ALONE, "no peer took it"),
        ("mirror", ("there", "b", *down, *NOWHERE), ExitCode.MISSING, "there are no files in 'b' here"),
        ("delete", ("a", *alone), ExitCode.ALONE, "no peer took it"),
    )
    for verb, words, code, said in cases:
        ended = shell("files", verb, "lobby", "site", *words)
        assert (ended.code, said in ended.err) == (code, True), (verb, words, ended.err)
    assert sorted(path.name for path in home.rglob("*") if path.name in ("a", "b", "file", "mine")) == ["file", "mine"]
    beyond = {("put", 5), ("get", 1), ("get", 5), ("mirror", 1), ("mirror", 5), ("download", 1), ("download", 5)}
    assert codes_of_the_page() == {(verb, int(code)) for verb, _, code, _ in cases} | beyond


def codes_of_the_page() -> set[tuple[str, int]]:
    """Give by which codes docs/cli.md says that verbs of files end."""
    lines = iter((DOCS / "cli.md").read_text().splitlines())
    codes = next([*map(int, line.split("|")[2:-1])] for line in lines if line.startswith("| Verb | 1 "))
    next(lines)
    rows = [line.split("|")[1:-1] for line in iter(lambda: next(lines), "")]
    return {
        (verb.strip(" `"), code)
        for verb, *cells in rows
        for code, cell in zip(codes, cells, strict=True)
        if cell.strip()
    }


def test_a_disk_that_fills_at_99_percent_is_said_and_leaves_nothing_half_written(shell: Any, home: Path) -> None:
    (home / "here").mkdir()
    for name, size in (("big", 1_000_000), ("small", 30_000)):
        (home / "here" / name).write_bytes(content(size))
    done(shell, "mirror", "lobby", "site", "here", "--direction", "up", *NOWHERE)
    (home / "more").write_bytes(content(1_000_000, seed=2))
    (home / "there").mkdir()
    (home / "there" / "big").write_bytes(b"what was there")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    # No file of this process grows beyond this, as on a disk that is full.
    resource.setrlimit(resource.RLIMIT_FSIZE, (990_000, limits[1]))
    try:
        down = shell("files", "mirror", "lobby", "site", "there", "--direction", "down", *NOWHERE)
        got = shell("files", "get", "lobby", "site", "big", "copy", *NOWHERE)
        put = shell("files", "put", "lobby", "site", "more", "more", *NOWHERE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (down.code, got.code, put.code) == (ExitCode.STORE, ExitCode.STORE, ExitCode.STORE)
    assert "cannot be written: File too large" in down.err
    assert [path.name for path in (home / "there").iterdir()] == ["big"]
    assert (home / "there" / "big").read_bytes() == b"what was there"
    assert not (home / "copy").exists()
    done(shell, "mirror", "lobby", "site", "there", "--direction", "down", *NOWHERE)
    assert (home / "there" / "big").read_bytes() == content(1_000_000)


def test_of_a_file_whose_bytes_nobody_has_that_is_said_and_no_file_is_made(
    shell: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blob_fetching, "BLOB_PATIENCE_SECONDS", 0.1)
    (home / "big").write_bytes(content(300_000))
    [row] = done(shell, "put", "lobby", "site", "big", "big", *NOWHERE)
    assert shell("export", "lobby", "out.jsonl").code == 0
    other = ("--store", "sqlite:other.db")
    assert shell("import", "lobby", "out.jsonl", *other).code == 0
    given = ("--author", row["author"], *other, *NOWHERE)
    got = shell("files", "get", "lobby", "site", "big", "copy", *given)
    down = shell("files", "mirror", "lobby", "site", "there", "--direction", "down", *given)
    fetched = shell("files", "download", "lobby", "site", *given)
    for ended in (got, down, fetched):
        assert "does not come: nobody here has it, or gives it" in ended.err + ended.out
    assert (got.code, fetched.code) == (ExitCode.FAILED, ExitCode.FAILED)
    assert not (home / "copy").exists()
    assert not any((home / "there").iterdir())


def test_a_seeder_gives_in_another_process_what_its_author_put(
    start: Any, shell: Any, tracker: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = content(700_000)
    (home / "file").write_bytes(data)
    met = ("--signaling", tracker)
    seeder = start("join", "lobby", *met, "--with-files", "all", "--json", XDG_DATA_HOME=str(home / "seeder"))
    putting = start("files", "put", "lobby", "site", "a", "file", *met, "--stay", "600", "--json")
    row = json.loads(putting.stdout.readline())
    wait_until(lambda: bytes_kept(home / "seeder") == len(data))
    putting.send_signal(signal.SIGINT)
    assert putting.wait(PATIENT_SECONDS) == ExitCode.INTERRUPTED
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "other"))
    got = shell("files", "get", "lobby", "site", "a", "copy", *met, "--author", row["author"], "--json")
    assert got.code == 0, got.err
    assert json.loads(got.out)["blob"] == row["blob"]
    assert (home / "copy").read_bytes() == data
    assert seeder.poll() is None


def bytes_kept(home: Path) -> int:
    """Give how many bytes of files a peer has that keeps its stores below *home*."""
    held = [asyncio.run(FolderBlobs(folder).held()) for folder in home.rglob("*.blobs")]
    return sum(blob.bytes_kept for blobs in held for blob in blobs.values())
