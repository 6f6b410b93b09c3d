"""``peerset policy explain``, on stored rooms and on files."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

import peerset
from peerset.cli.lines import write_line
from peerset.cli.offline import Hermit
from peerset.core.record import RecordId
from tests.protocol.pair import make_record

pytestmark = pytest.mark.real_time

NOWHERE = ("--signaling", "ws://127.0.0.1:9", "--wait", "0")
LINK = "look at https://spam.example now"


def publish(shell: Any, text: str, *arguments: str) -> Any:
    return shell("publish", "lobby", text, *NOWHERE, "--json", *arguments)


def explain(shell: Any, *arguments: str) -> dict[str, Any]:
    ended = shell("policy", "explain", *arguments, "--json")
    assert ended.code == 0, ended.err
    row: dict[str, Any] = json.loads(ended.out)
    return row


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of ten records."""
    path = tmp_path / "records.jsonl"
    path.write_bytes(b"".join(write_line(make_record(number)) for number in range(10)) + b"no record\n")
    return path


def test_a_record_that_a_stored_room_refused_is_explained_without_its_policy(shell: Any, home: Path) -> None:
    store = f"sqlite:{home / 'lobby.db'}"
    refused = asyncio.run(refuse(store, LINK)).hex()
    row = explain(shell, refused[:16], "--room", "lobby", "--store", store)
    assert (row["id"], row["fate"], row["policy"], row["class"]) == (refused, "refused", "links", "admission")
    assert (row["accepted"], len(row["manifest"])) == (False, 64)
    assert row["masked"] == "look at h******************* now"
    line = shell("policy", "explain", refused, "--room", "lobby", "--store", store).out
    assert line.startswith("refused by links (admission, rule ")
    assert line.endswith(f"look at h******************* now  manifest {row['manifest']}\n")


async def refuse(store: str, content: str) -> RecordId:
    """Let a stored room refuse *content*."""
    async with peerset.join("lobby", store=store, policies=["links"], host=Hermit()) as room:
        with pytest.raises(peerset.RejectedError):
            await room.publish(content)
        [refusal] = room.moderation.refusals()
        return refusal.record.id


def test_a_shadowed_and_a_shown_record_are_told_apart(shell: Any) -> None:
    ids = [json.loads(publish(shell, f"text {number}").out)["id"] for number in range(2)]
    rows = [explain(shell, each, "--room", "lobby", "--policy", "quota:newest=1") for each in ids]
    assert sorted(row.get("fate", "shown") for row in rows) == ["shadowed", "shown"]
    [shown] = [row for row in rows if row["accepted"]]
    ended = shell("policy", "explain", shown["id"], "--room", "lobby", "--policy", "quota:newest=1")
    assert "nothing is against it" in ended.out


def test_what_a_view_policy_hides_is_explained(shell: Any) -> None:
    record_id = json.loads(publish(shell, "hello").out)["id"]
    row = explain(shell, record_id, "--room", "lobby", "--policy", "freshness:minimum=1d")
    assert (row["fate"], row["policy"], row["class"], row["rule"]) == ("hidden", "freshness", "view", "minimum")


def test_a_refusal_in_a_file_is_explained_with_the_link_starred_out(shell: Any, file: Path) -> None:
    record = make_record(7)
    row = explain(shell, record.id.hex()[:12], "--file", str(file), "--policy", "kinds:deny=1078")
    assert (row["id"], row["accepted"], row["fate"], row["rule"]) == (record.id.hex(), False, "refused", "deny")
    arguments = ("--file", str(file), "--policy", "kinds:deny=1078", "--policy", "links")
    ended = shell("policy", "explain", record.id.hex(), *arguments)
    said = "refused by kinds (admission, rule deny): this room takes no records of kind 1078"
    assert f"{said}  manifest {row['manifest']}" in ended.out
    assert "links (admission): nothing against it" in ended.out
    assert "line 11: not JSON" in ended.err


def test_the_text_is_quoted_where_a_policy_points_at_it(shell: Any, tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    publish(shell, "hello")
    publish(shell, LINK)
    shell("export", "lobby", str(path), "--force")
    [linked] = [json.loads(line)["id"] for line in path.read_text().splitlines() if "spam" in line]
    row = explain(shell, linked, "--file", str(path), "--policy", "links")
    assert (row["masked"], row["span"]) == ("look at h******************* now", [8, 28])


def test_an_id_that_fits_none_or_several_is_missing(shell: Any, file: Path) -> None:
    publish(shell, "one")
    publish(shell, "two")
    for beginning in ("", "xyz"):
        assert shell("policy", "explain", beginning, "--file", str(file), "--policy", "links").code == 3
        assert shell("policy", "explain", beginning, "--room", "lobby").code == 3
    assert shell("policy", "explain", "00", "--room", "nowhere").code == 3


def test_what_to_ask_must_be_said(shell: Any, file: Path) -> None:
    for arguments in ((), ("--file", str(file), "--room", "lobby"), ("--file", str(file))):
        ended = shell("policy", "explain", "00", *arguments)
        assert (ended.code, ended.err.count("\n")) == (2, 1)


@pytest.mark.parametrize("seconds", [-500 * 86_400, 500 * 86_400])
def test_explaining_hides_and_deletes_nothing_whatever_the_clock_says(
    shell: Any, home: Path, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    store = f"sqlite:{home / 'lobby.db'}"
    refused = asyncio.run(refuse(store, LINK)).hex()
    kept = json.loads(publish(shell, "hello", "--store", store).out)["id"]
    read = time.time
    with monkeypatch.context() as wrong:
        wrong.setattr(time, "time", lambda: read() + seconds)
        for _ in range(2):
            assert explain(shell, refused, "--room", "lobby", "--store", store)["fate"] == "refused"
            assert explain(shell, kept, "--room", "lobby", "--store", store)["accepted"]
    assert explain(shell, refused, "--room", "lobby", "--store", store)["fate"] == "refused"
    assert len(shell("export", "lobby", "--store", store).out.splitlines()) == 1
