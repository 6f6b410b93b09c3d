"""``peerset export``, ``import`` and ``gc``."""

import asyncio
import json
import os
import random
import signal
import stat
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from peerset.cli.exits import ExitCode
from peerset.cli.lines import write_line
from peerset.cli.transfer import BATCH_LINES
from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import KIND_KEYED, Record, sign_record
from peerset.core.signal import RoomName
from peerset.stores.sqlite import open_sqlite
from tests.patience import PATIENT_SECONDS, wait_until

pytestmark = pytest.mark.real_time

KEY = SecretKey.generate(random.Random(1))
LOBBY = RoomName("peerset", "lobby")
DAY = 86_400


def make_record(number: int = 0, *, age: int = 0, room: RoomName = LOBBY, kind: int = 1) -> Record:
    created_at = UnixTime(int(time.time()) - age)
    return sign_record(KEY, created_at=created_at, kind=kind, tags=[("h", room.tag.hex())], content=f"record {number}")


def write_file(path: Path, *lines: bytes) -> str:
    path.write_bytes(b"".join(lines))
    return str(path)


def tally_of(out: str) -> dict[str, int]:
    tally: dict[str, int] = json.loads(out)
    return tally


def test_what_is_exported_can_be_imported_elsewhere(shell: Any, home: Path) -> None:
    records = [make_record(number, age=number * DAY // 2) for number in range(20)]
    path = write_file(home / "in.jsonl", *map(write_line, records))
    assert tally_of(shell("import", "lobby", path, "--json").out)["added"] == 20

    assert shell("export", "lobby", "out.jsonl").code == 0
    by_age = sorted(records, key=lambda record: record.created_at)
    assert (home / "out.jsonl").read_bytes() == b"".join(map(write_line, by_age))

    ended = shell("import", "lobby", "out.jsonl", "--store", "sqlite:other.db", "--json")
    assert ended.code == 0
    assert tally_of(ended.out) == {
        "added": 20,
        "known": 0,
        "ephemeral": 0,
        "postponed": 0,
        "refused": 0,
        "malformed": 0,
    }


def test_what_is_new_goes_on_a_stick(shell: Any, home: Path) -> None:
    records = [make_record(number, age=number * DAY) for number in range(6)]
    shell("import", "lobby", write_file(home / "in.jsonl", *map(write_line, records)))
    since = str(records[2].created_at)
    assert shell("export", "lobby", "stick.jsonl", "--since", since).code == 0
    assert (home / "stick.jsonl").read_bytes() == b"".join(map(write_line, records[2::-1]))
    assert shell("export", "lobby", "--since", "36h").out.count("\n") == 2
    ended = shell("export", "lobby", "other.jsonl", "--since", "yesterday")
    assert ended.code == ExitCode.USAGE
    assert "yesterday" in ended.err
    assert not (home / "other.jsonl").exists()


def test_standard_streams_do_as_files(shell: Any) -> None:
    line = write_line(make_record()).decode()
    assert shell("import", "lobby", stdin=line).code == 0
    assert shell("export", "lobby").out == line


def test_what_is_here_already_is_counted_apart(shell: Any, home: Path) -> None:
    path = write_file(home / "in.jsonl", write_line(make_record()))
    shell("import", "lobby", path)
    assert tally_of(shell("import", "lobby", path, "--json").out)["known"] == 1


def test_what_nobody_keeps_is_left_out_and_is_neither_new_nor_known(shell: Any, home: Path) -> None:
    kept, fleeting = make_record(), make_record(kind=20_001)
    path = write_file(home / "in.jsonl", write_line(kept), write_line(fleeting), write_line(fleeting))
    for added, known in ((1, 0), (0, 1)):
        ended = shell("import", "lobby", path, "--json")
        assert ended.code == 0
        none = {"postponed": 0, "refused": 0, "malformed": 0}
        assert tally_of(ended.out) == {"added": added, "known": known, "ephemeral": 2, **none}
        assert "line 2: left out, for nobody keeps records of kind 20001" in ended.err


def test_bad_lines_are_reported_by_number_and_cost_no_good_one(shell: Any, home: Path) -> None:
    good = make_record(1)
    forged = write_line(make_record(2)).replace(make_record(2).signature.hex().encode(), b"00" * 64)
    elsewhere = write_line(make_record(3, room=RoomName("peerset", "elsewhere")))
    old = write_line(make_record(4, age=91 * DAY))
    early = write_line(make_record(5, age=-DAY // 2))
    path = write_file(home / "in.jsonl", b"nonsense\n", forged, elsewhere, old, early, write_line(good))
    ended = shell("import", "lobby", path, "--json")
    assert ended.code == 7
    assert tally_of(ended.out) == {"added": 1, "known": 0, "ephemeral": 0, "postponed": 1, "refused": 3, "malformed": 1}
    numbers = {int(line.split()[1].rstrip(":")) for line in ended.err.splitlines() if line.startswith("line ")}
    assert numbers == {1, 2, 3, 4, 5}


def test_what_the_policies_refuse_is_reported_and_left_out(shell: Any, home: Path) -> None:
    bare, linked = make_record(1), sign_text("see https://example.org")
    rude = sign_text("what a load of shit")
    path = write_file(home / "in.jsonl", *map(write_line, (bare, linked, rude)))
    (home / "peerset.toml").write_text('policies = ["links", "quota:newest=1", "rate:author=1/day"]')
    ended = shell("import", "lobby", path, "--policy", "words", "--json")
    assert ended.code == 7
    assert tally_of(ended.out) == {"added": 1, "known": 0, "ephemeral": 0, "postponed": 0, "refused": 2, "malformed": 0}
    told = [line.rpartition(":")[0] for line in ended.err.splitlines() if line.startswith("line ")]
    assert told == ["line 2: refused by links", "line 3: refused by words"]
    assert shell("export", "lobby").out == write_line(bare).decode()


def sign_text(content: str) -> Record:
    return sign_record(
        KEY, created_at=UnixTime(int(time.time())), kind=1, tags=[("h", LOBBY.tag.hex())], content=content
    )


def test_a_policy_that_does_not_exist_is_no_reason_to_import_without_it(shell: Any) -> None:
    ended = shell("import", "lobby", "--policy", "wrods", stdin=write_line(make_record()).decode())
    assert ended.code == 2
    assert "wrods" in ended.err
    assert shell("export", "lobby").code == 3


def test_a_file_of_several_batches_is_imported_whole(shell: Any, home: Path) -> None:
    lines = [write_line(make_record(number)) for number in range(BATCH_LINES + 1)]
    path = write_file(home / "in.jsonl", *lines)
    assert tally_of(shell("import", "lobby", path, "--json").out)["added"] == BATCH_LINES + 1


def test_a_missing_file_is_said_to_be_missing(shell: Any) -> None:
    ended = shell("import", "lobby", "nowhere.jsonl")
    assert ended.code == 3
    assert "nowhere.jsonl" in ended.err


def test_a_directory_is_no_file(shell: Any, home: Path) -> None:
    assert shell("import", "lobby", str(home)).code == 2


def test_an_export_replaces_a_file_only_by_force(shell: Any, home: Path) -> None:
    shell("import", "lobby", stdin=write_line(make_record()).decode())
    (home / "out.jsonl").write_text("precious")
    assert shell("export", "lobby", "out.jsonl").code == 2
    assert (home / "out.jsonl").read_text() == "precious"
    assert shell("export", "lobby", "out.jsonl", "--force").code == 0
    assert "record 0" in (home / "out.jsonl").read_text()


def test_what_is_stored_and_exported_of_a_room_with_a_password_is_its_owners_alone(
    shell: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = os.umask(0o022)
    try:
        modes = []
        for folder, password in (("open", ""), ("sealed", "sesame")):
            (home / folder).mkdir()
            monkeypatch.setenv("PEERSET_PASSWORD", password)
            options = ("lobby", "--store", f"sqlite:{folder}/room.db")
            assert shell("import", *options, stdin=write_line(make_record()).decode()).code == 0
            monkeypatch.delenv("PEERSET_PASSWORD")
            assert shell("export", *options, f"{folder}/out.jsonl").code == 0
            modes.append({path.name: stat.S_IMODE(path.stat().st_mode) for path in (home / folder).iterdir()})
    finally:
        os.umask(before)
    assert modes == [{"room.db": 0o644, "out.jsonl": 0o644}, {"room.db": 0o600, "out.jsonl": 0o600}]


def test_an_export_goes_where_a_link_leads(shell: Any, home: Path) -> None:
    line = write_line(make_record())
    shell("import", "lobby", stdin=line.decode())
    (home / "elsewhere").mkdir()
    (home / "elsewhere" / "target.jsonl").write_text("precious")
    (home / "out.jsonl").symlink_to("elsewhere/target.jsonl")
    assert shell("export", "lobby", "out.jsonl").code == ExitCode.USAGE
    assert shell("export", "lobby", "out.jsonl", "--force").code == 0
    assert (home / "out.jsonl").readlink() == Path("elsewhere/target.jsonl")
    assert (home / "elsewhere" / "target.jsonl").read_bytes() == line


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_an_export_is_written_into_a_pipe_that_stays(
    start: Any, shell: Any, home: Path, force: tuple[str, ...]
) -> None:
    line = write_line(make_record())
    shell("import", "lobby", stdin=line.decode())
    # No device of the machine: by root, and a fault, it would be replaced for everybody.
    os.mkfifo(home / "pipe")
    process = start("export", "lobby", "pipe", *force)
    assert (home / "pipe").read_bytes() == line
    assert process.wait(PATIENT_SECONDS) == 0
    assert (home / "pipe").is_fifo()


def test_a_failed_export_leaves_nothing_behind(shell: Any, home: Path) -> None:
    ended = shell("export", "nobody-wrote-here", "out.jsonl")
    assert ended.code == 3
    assert not list(home.glob("out.jsonl*"))


def test_an_export_into_a_missing_folder_fails_plainly(shell: Any) -> None:
    shell("import", "lobby", stdin=write_line(make_record()).decode())
    ended = shell("export", "lobby", "missing/out.jsonl")
    assert ended.code == 2
    assert "cannot write" in ended.err


def test_a_store_of_another_room_is_refused(shell: Any) -> None:
    shell("import", "lobby", "--store", "sqlite:one.db", stdin=write_line(make_record()).decode())
    ended = shell("export", "kitchen", "--store", "sqlite:one.db")
    assert ended.code == 2
    assert "another room" in ended.err


def fill(path: str, *records: Record) -> None:
    """Put *records* into a store as they are, as if they had grown old there."""

    async def add() -> None:
        store = await open_sqlite(path)
        await store.bind(LOBBY.tag)
        await store.add(records)
        await store.aclose()

    asyncio.run(add())


def test_gc_counts_first_and_deletes_then(shell: Any) -> None:
    fill("room.db", make_record(1, age=91 * DAY), make_record(2))
    options = ("lobby", "--store", "sqlite:room.db", "--json")
    assert json.loads(shell("gc", *options, "--dry-run").out)["count"] == 1
    assert json.loads(shell("gc", *options, "--dry-run").out)["count"] == 1
    assert json.loads(shell("gc", *options, "--yes").out)["count"] == 1
    assert json.loads(shell("gc", *options).out)["count"] == 0
    assert "record 2" in shell("export", "lobby", "--store", "sqlite:room.db").out


def test_gc_says_what_it_did(shell: Any) -> None:
    fill("room.db", make_record(1, age=91 * DAY))
    assert "1 records would be deleted" in shell("gc", "lobby", "--store", "sqlite:room.db", "--dry-run").out
    assert "1 records were deleted" in shell("gc", "lobby", "--store", "sqlite:room.db", "--yes").out


def test_gc_deletes_nothing_unasked_when_more_than_a_tenth_is_old(shell: Any) -> None:
    fill("room.db", *(make_record(number, age=91 * DAY if number < 2 else 0) for number in range(10)))
    ended = shell("gc", "lobby", "--store", "sqlite:room.db")
    assert (ended.code, ended.out) == (ExitCode.USAGE, "")
    assert "2 of 10 records are from before" in ended.err
    assert "--yes" in ended.err
    assert len(shell("export", "lobby", "--store", "sqlite:room.db").out.splitlines()) == 10


def test_gc_does_not_ask_for_a_tenth(shell: Any) -> None:
    fill("room.db", *(make_record(number, age=0 if number else 91 * DAY) for number in range(10)))
    assert "1 records were deleted" in shell("gc", "lobby", "--store", "sqlite:room.db").out


def test_what_was_kept_for_a_year_stays_when_a_verb_does_not_say_for_how_long(shell: Any, home: Path) -> None:
    path = write_file(home / "in.jsonl", *(write_line(make_record(number, age=200 * DAY)) for number in range(3)))
    options = ("lobby", "--store", "sqlite:room.db")
    assert tally_of(shell("import", "lobby", path, *options[1:], "--retention", "365d", "--json").out)["added"] == 3
    assert "0 records were deleted" in shell("gc", *options).out
    assert shell("join", *options, "--signaling", "ws://127.0.0.1:9", "--seconds", "0.5").code == 0
    assert tally_of(shell("import", "lobby", path, *options[1:], "--json").out)["known"] == 3
    assert "3 records would be deleted" in shell("gc", *options, "--retention", "90d", "--dry-run").out
    assert len(shell("export", *options).out.splitlines()) == 3


def make_register(number: int, *, age: int) -> Record:
    tags = [("h", LOBBY.tag.hex()), ("c", "notes"), ("d", f"notes/{number}")]
    created_at = UnixTime(int(time.time()) - age)
    return sign_record(KEY, created_at=created_at, kind=KIND_KEYED, tags=tags, content=f'{{"number":{number}}}')


@pytest.mark.parametrize(
    ("verb", "arguments", "lines"),
    [
        ("records", (), 3),
        ("export", (), 3),
        ("find", ("notes", "--json"), 3),
        ("count", ("notes", "--where", "number>=1"), 1),
        ("get", ("notes", "1", "--json"), 1),
        ("sql", ("SELECT * FROM records", "--json"), 3),
    ],
)
@pytest.mark.parametrize("age", [-500 * DAY, 500 * DAY])
def test_verbs_that_read_delete_and_hide_nothing_whatever_the_clock_says(
    shell: Any, verb: str, arguments: tuple[str, ...], lines: int, age: int
) -> None:
    fill("room.db", *(make_register(number, age=age) for number in range(3)))
    shown = [shell(verb, "lobby", *arguments, "--store", "sqlite:room.db") for _ in range(2)]
    assert [ended.code for ended in shown] == [0, 0], shown[0].err
    assert len(shown[0].out.splitlines()) == lines
    assert shown[0].out == shown[1].out
    assert verb != "count" or shown[0].out == "2\n"
    assert len(shell("export", "lobby", "--store", "sqlite:room.db").out.splitlines()) == 3


@pytest.mark.parametrize("file", ["-", "/dev/zero"])
def test_an_import_that_waits_or_never_ends_is_ended_by_ctrl_c(start: Any, file: str) -> None:
    process = start("import", "lobby", file)
    threads = Path(f"/proc/{process.pid}/task")
    # It makes nothing before a line is there, but reads by a thread, which Linux shows.
    wait_until(lambda: threads.exists() and len(list(threads.iterdir())) > 1)
    process.send_signal(signal.SIGINT)
    try:
        assert process.wait(PATIENT_SECONDS) == ExitCode.INTERRUPTED
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert "Traceback" not in process.stderr.read()
