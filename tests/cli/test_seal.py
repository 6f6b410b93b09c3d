"""``peerset seal new``, and verbs on a sealed room."""

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from peerset.cli.exits import ExitCode
from peerset.core.seal import read_seal_text

ALONE = ("--signaling", "ws://127.0.0.1:9", "--wait", "0")


def test_a_secret_is_printed_or_written_for_us_alone_and_never_over_another(shell: Any, home: Path) -> None:
    printed, again = (shell("seal", "new").out.strip() for _ in range(2))
    assert read_seal_text(printed) != read_seal_text(again)
    assert json.loads(shell("seal", "new", "--json").out)["seal"].startswith("seal1")
    ended = shell("seal", "new", "room.seal")
    assert (ended.code, ended.out.strip()) == (0, "room.seal")
    assert stat.S_IMODE((home / "room.seal").stat().st_mode) == 0o600
    secret = (home / "room.seal").read_text()
    assert read_seal_text(secret)
    ended = shell("seal", "new", "room.seal")
    assert (ended.code, "never overwritten" in ended.err) == (2, True)
    assert (home / "room.seal").read_text() == secret
    assert "cannot be written" in shell("seal", "new", "nowhere/room.seal").err


@pytest.mark.real_time
def test_verbs_read_and_write_a_sealed_room_and_give_out_what_is_sealed(shell: Any, home: Path) -> None:
    shell("seal", "new", "room.seal")
    shell("seal", "new", "other.seal")
    sealed = ("--seal-file", "room.seal")
    assert shell("publish", "lobby", "dear diary", *sealed, *ALONE).code == 0
    assert shell("put", "lobby", "notes", "key", '{"n": 1}', *sealed, *ALONE).code == 0
    assert "dear diary" in shell("records", "lobby", *sealed).out
    assert json.loads(shell("get", "lobby", "notes", "key", *sealed, "--json").out)["value"] == {"n": 1}
    found = json.loads(shell("find", "lobby", "notes", *sealed, "--json").out)
    assert found["key"] == "key"
    for wrong in ((), ("--seal-file", "other.seal")):
        ended = shell("records", "lobby", *wrong)
        assert ended.code != 0
        assert "was filled by the secret" in ended.err
    assert shell("export", "lobby", "out.jsonl", *sealed).code == 0
    given = (home / "out.jsonl").read_text()
    assert (len(given.splitlines()), "dear diary" in given, "notes" in given) == (2, False, False)
    blind = ("--store", "sqlite:blind.db")
    assert shell("import", "lobby", "out.jsonl", *blind).code == 0
    for verb in (("records", "lobby"), ("find", "lobby", "notes"), ("sql", "lobby", "SELECT 1 WHERE 0")):
        ended = shell(*verb, *blind)
        assert (ended.code, ended.out) == (0, "")
        assert "records here are sealed, and are not shown: --seal-file" in ended.err
    nowhere = ("--signaling", "ws://127.0.0.1:9", "--seconds", "0")
    for verb in (("join", "lobby"), ("watch", "lobby"), ("open", "peerset:peerset/lobby")):
        assert "records here are sealed, and are not shown" in shell(*verb, *blind, *nowhere).err
    assert "records here are sealed" in shell("files", "get", "lobby", "notes", "a.txt", *blind, *ALONE).err
    command = f"{sys.executable} -m peerset sync lobby --store sqlite:third.db"
    assert "records here are sealed" in shell("sync", "lobby", "--with", command, *blind).err
    assert "2 records here are sealed by a secret that was not given" in (
        shell("records", "lobby", *blind, "--seal-file", "other.seal").err
    )
    assert b"dear diary" not in (home / "blind.db").read_bytes()
    assert "dear diary" in shell("records", "lobby", *blind, *sealed).out


@pytest.mark.real_time
def test_who_opens_an_address_by_another_secret_is_told_so_and_loses_nothing(shell: Any, home: Path) -> None:
    sealed, other = (("--seal-file", name) for name in ("room.seal", "other.seal"))
    for _, name in (sealed, other):
        shell("seal", "new", name)
    (home / "diary.txt").write_text("dear diary")
    said = json.loads(shell("publish", "lobby", "hush", *sealed, *ALONE, "--json").out)
    assert shell("files", "put", "lobby", "site", "a.txt", "diary.txt", *sealed, *ALONE).code == 0
    assert shell("put", "lobby", "notes", "key", "1", *sealed, *ALONE).code == 0
    targets = (
        (("--record", said["id"]), "hush"),
        (("--collection", "notes", "--register", "key"), "1"),
        (("--collection", "site", "--path", "a.txt"), "copy.txt"),
    )
    addresses = [(shell("address", "lobby", *words).out.strip(), here) for words, here in targets]
    for wrong in (other, ()):
        ended = shell("open", addresses[0][0], *wrong, *ALONE)
        assert (ended.code, ended.out) == (ExitCode.REFUSED, "")
        assert "this store was filled by the secret" in ended.err
    shell("export", "lobby", "out.jsonl", *sealed)
    blind = ("--store", "sqlite:blind.db")
    assert shell("import", "lobby", "out.jsonl", *blind).code == 0
    words = ((other, "3 records here are sealed by a secret that was not given"), ((), "records here are sealed"))
    for given, word in (*words, (sealed, "")):
        for address, here in addresses:
            to = ("--to", "copy.txt") if here == "copy.txt" else ()
            ended = shell("open", address, *to, *blind, *given, *ALONE)
            assert word in ended.err
            assert ((ended.code, here in ended.out) == (0, True)) == (given == sealed)
            assert (home / "copy.txt").exists() == (given == sealed and here == "copy.txt")
    assert (home / "copy.txt").read_text() == "dear diary"


@pytest.mark.real_time
@pytest.mark.parametrize("length", [len("seal1"), 20, 62])
def test_a_secret_that_was_cut_is_said_to_be_and_nothing_is_made_by_it(shell: Any, home: Path, length: int) -> None:
    secret = shell("seal", "new").out.strip()
    (home / "cut.seal").write_text(f"{secret[:length]}\n")
    before = set(home.rglob("*"))
    for verb in (
        ("publish", "lobby", "x", *ALONE),
        ("put", "lobby", "n", "k", "1", *ALONE),
        ("open", "peerset:peerset/lobby", *ALONE),
    ):
        ended = shell(*verb, "--seal-file", "cut.seal")
        assert ended.code == ExitCode.USAGE
        assert f"secret 1 of 1: seal1... must have {len(secret)} characters, not {length}" in ended.err
        assert length == len("seal1") or secret[:length] not in ended.err
    assert set(home.rglob("*")) == before


@pytest.mark.parametrize("secret", ["nsec1qqqq", "NSEC1QQQQ", "ncryptsec1qqqq", "seal1qqqq", "SEAL1QQQQ"])
def test_a_secret_is_no_name_of_a_file(shell: Any, home: Path, secret: str) -> None:
    before = set(home.rglob("*"))
    ended = shell("seal", "new", secret)
    assert (ended.code, set(home.rglob("*"))) == (ExitCode.USAGE, before)
    assert secret not in ended.out + ended.err
