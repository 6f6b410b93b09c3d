"""``peerset policy replay``, on files and on stored rooms."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import peerset
from peerset.cli.lines import write_line
from peerset.cli.offline import Hermit
from peerset.core import bech32
from peerset.core.clock import UnixTime
from peerset.core.receipt import Fate, Receipt, receipt_of, sign_receipt
from peerset.core.record import Record, RecordId, record_of, sign_record
from peerset.plugins import open_policy
from tests.patience import PATIENT_SECONDS
from tests.protocol.pair import ROOM, START, key, make_record

pytestmark = pytest.mark.real_time

SPEC = "kinds:deny=7"
SIGNER = key(9)


def receipt(record_id: RecordId, rule: str = "deny", *, spec: str = SPEC) -> Record:
    policy = open_policy(spec)
    said = Receipt(record_id, policy.name, policy.manifest.id, Fate.REFUSED, rule)
    return sign_receipt(SIGNER, said, room_tag=ROOM.tag, created_at=START)


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Write a file of records and give its path."""

    def write_file(*records: Record) -> str:
        path = tmp_path / "receipts.jsonl"
        path.write_bytes(b"".join(map(write_line, records)))
        return str(path)

    return write_file


def rows_of(shell: Any, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    ended = shell("policy", "replay", *arguments, "--json")
    assert ended.code == code, ended.err
    return [json.loads(line) for line in ended.out.splitlines()]


def test_a_true_receipt_is_said_to_be_true(shell: Any, write: Any) -> None:
    bad = make_record(1, kind=7)
    [row] = rows_of(shell, write(bad, receipt(bad.id)), "--policy", SPEC)
    assert (row["truth"], row["record"], row["verdict"], row["rule"]) == ("true", bad.id.hex(), "refused", "deny")
    assert (row["policy"], row["manifest"]) == ("kinds", open_policy(SPEC).manifest.id.hex())


def test_a_false_receipt_ends_with_1_and_names_its_signer(shell: Any, write: Any) -> None:
    good = make_record(1)
    path = write(good, receipt(good.id))
    [row] = rows_of(shell, path, "--policy", SPEC, code=1)
    npub = peerset.npub(SIGNER.public_key)
    assert (row["truth"], row["signer"], row["npub"]) == ("false", SIGNER.public_key.hex(), npub)
    line = shell("policy", "replay", path, "--policy", SPEC).out
    assert line == (
        f"false: {good.id.hex()[:8]} refused by kinds, rule deny, says {npub}: "
        "the policy has nothing against the record\n"
    )


def test_what_cannot_be_said_says_why(shell: Any, write: Any) -> None:
    bad = make_record(1, kind=7)
    [absent, unknown] = rows_of(
        shell, write(receipt(RecordId(bytes(32))), bad, receipt(bad.id, spec="kinds:deny=8")), "--policy", SPEC
    )
    assert (absent["truth"], absent["why"]) == ("cannot be said", "the record is not at hand")
    assert (unknown["truth"], unknown["why"]) == ("cannot be said", "no policy with this manifest is at hand")


def test_policies_come_from_the_file_of_settings_too(shell: Any, write: Any, home: Path) -> None:
    home.joinpath("peerset.toml").write_text(f'policies = ["{SPEC}"]\n')
    good = make_record(1)
    assert [row["truth"] for row in rows_of(shell, write(good, receipt(good.id)), code=1)] == ["false"]


def test_what_is_forged_is_no_receipt(shell: Any, write: Any) -> None:
    good = make_record(1)
    false = receipt(good.id)
    forged = replace(false, signature=good.signature, wire=false.wire.replace(false.signature, good.signature))
    bare = sign_record(SIGNER, created_at=START, kind=false.kind, tags=[], content="no receipt")
    ended = shell("policy", "replay", write(good, forged, bare), "--policy", SPEC)
    assert (ended.code, ended.out) == (0, "")
    assert f"{forged.id.hex()[:8]} is no receipt: the signature is not its author's" in ended.err
    assert f"{bare.id.hex()[:8]} is no receipt: the content" in ended.err
    assert "there are no receipts" in ended.err


def test_a_stored_room_gives_its_receipts_and_what_it_refused(shell: Any, write: Any, home: Path) -> None:
    store = f"sqlite:{home / 'lobby.db'}"
    made = asyncio.run(refuse_with_receipt(store))
    arguments = ("--room", "lobby", "--store", store)
    [row] = rows_of(shell, *arguments, "--policy", SPEC)
    assert (row["truth"], row["record"]) == ("true", receipt_of(made).record_id.hex())
    [same] = rows_of(shell, write(made), *arguments, "--policy", SPEC)
    assert same == row
    [alone] = rows_of(shell, write(made), "--policy", SPEC)
    assert alone["why"] == "the record is not at hand"


async def refuse_with_receipt(store: str) -> Record:
    """Let a stored room refuse a stranger's record; give the receipt it wrote."""
    async with peerset.join("lobby", store=store, policies=[SPEC], receipts=True, host=Hermit()) as room:
        events, now = room.events(), UnixTime(room._driver.now().unix)
        await room.add([make_record(1, kind=7, at=now)])
        async with asyncio.timeout(PATIENT_SECONDS):
            async for event in events:
                if isinstance(event, peerset.RecordAdded):
                    return event.record
    raise AssertionError("no receipt")


def test_what_to_replay_must_be_said_and_be_there(shell: Any, tmp_path: Path) -> None:
    assert shell("policy", "replay", "--policy", SPEC).code == 2
    assert shell("policy", "replay", str(tmp_path / "none.jsonl"), "--policy", SPEC).code == 2
    assert shell("policy", "replay", "--room", "lobby").code == 3


def test_a_joined_room_publishes_receipts_when_asked(start: Any, tracker: str) -> None:
    common = ("lobby", "--signaling", tracker, "--store", "memory:")
    joined = start("join", *common, "--policy", SPEC, "--receipts", "--json")
    publish = ("publish", *common, "--wait", str(PATIENT_SECONDS), "--kind", "7", "seven")
    start(*publish, PEERSET_NSEC=bech32.encode("nsec", key(2).secret))
    for line in iter(joined.stdout.readline, ""):
        row = json.loads(line)
        if row["event"] == "RecordAdded":
            break
    said = receipt_of(record_of(row["record"]))
    assert (said.policy, said.rule, said.fate) == ("kinds", "deny", Fate.REFUSED)
