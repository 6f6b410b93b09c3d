"""docs/policies.md, "Explain" and "Receipts": its examples run, and say what the page says."""

import asyncio
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

import peerset
from peerset.cli.app import main as peerset_main
from peerset.cli.lines import write_line
from peerset.cli.offline import Hermit
from peerset.core.clock import UnixTime
from peerset.core.receipt import Fate, Receipt, receipt_of, sign_receipt
from peerset.core.record import Record, record_of, sign_record
from peerset.moderation.notary import CASES_WAITING_MAX, RECEIPTS_PER_MINUTE_MAX
from peerset.moderation.refusals import REFUSALS_BYTES_MAX, REFUSALS_MAX
from peerset.plugins import open_policy
from tests.protocol.pair import ROOM, START, key
from tests.test_policies_page import PAGE

# Policies run in a thread, which a jumping clock would not wait for.
pytestmark = pytest.mark.real_time

EXPLAIN, RECEIPTS = (PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0] for title in ("Explain", "Receipts"))
LINKED = "look at https://spam.example now"
LINKS = open_policy("links").manifest.id


def block(section: str, language: str) -> str:
    [code] = re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)
    return str(code)


def define(section: str, name: str) -> Any:
    """Run the Python of *section* and give what it defines."""
    names: dict[str, Any] = {"peerset": peerset}
    exec(compile(block(section, "python"), "policies.md", "exec"), names)
    return names[name]


def console(section: str) -> tuple[list[str], list[str]]:
    """Give the words typed, and the lines answered."""
    typed, *answers = block(section, "console").splitlines()
    return shlex.split(typed.removeprefix("$ peerset ")), answers


def assert_says(line: str, pattern: str) -> None:
    """Compare with the page, where an ellipsis stands for a whole hash or key, and an id for another."""
    expected = re.sub("[0-9a-f]*…", "[0-9a-z]+", re.escape(pattern))
    assert re.fullmatch(re.sub(r"\b[0-9a-f]{8}\b", "[0-9a-f]{8}", expected), line), line


def run(*words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    monkeypatch.setattr("sys.argv", ["peerset", *words])
    with pytest.raises(SystemExit) as ending:
        peerset_main()
    return int(ending.value.code or 0), capsys.readouterr().out.splitlines()


def write(number: int, content: str, *, at: int = START) -> Record:
    return sign_record(key(number), created_at=UnixTime(at), kind=1078, tags=[["h", ROOM.tag.hex()]], content=content)


def refused(record: Record) -> Record:
    receipt = Receipt(record.id, "links", LINKS, Fate.REFUSED, "scheme")
    return sign_receipt(key(9), receipt, room_tag=ROOM.tag, created_at=START)


async def refuse(store: str) -> peerset.RecordId:
    """Let a stored room refuse a link; give the id."""
    async with peerset.join("lobby", store=store, policies=["links"], host=Hermit()) as room:
        await room.add([write(1, LINKED, at=room._driver.now().unix)])
        [refusal] = room.moderation.refusals()
        return refusal.record.id


async def test_the_function_of_the_page_says_why() -> None:
    why = define(EXPLAIN, "why")
    async with peerset.join("lobby", policies=["links"], host=Hermit()) as room:
        shown, hidden = await room.publish("hello"), write(1, LINKED, at=room._driver.now().unix)
        await room.add([hidden])
        assert await why(room, shown.id) == "readers see it"
        assert await why(room, hidden.id) == "refused by links: a link in the text: look at h******************* now"


def test_the_command_of_the_page_explains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = f"sqlite:{tmp_path / 'lobby.db'}"
    refused_id = asyncio.run(refuse(store)).hex()
    words, [answer] = console(EXPLAIN)
    monkeypatch.setenv("PEERSET_STORE", store)
    monkeypatch.chdir(tmp_path)
    typed = [refused_id[:16] if re.fullmatch("[0-9a-f]{8}", word) else word for word in words]
    code, [line] = run(*typed, monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    assert_says(line, answer)


def test_the_receipt_of_the_page_is_one() -> None:
    record = record_of(json.loads(block(RECEIPTS, "json")))
    assert record.has_valid_signature()
    assert receipt_of(record).fate is Fate.REFUSED


def test_the_command_of_the_page_replays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    linked, plain, absent = write(1, LINKED), write(1, "hello"), write(1, "gone")
    pile = [linked, plain, refused(linked), refused(plain), refused(absent)]
    tmp_path.joinpath("receipts.jsonl").write_bytes(b"".join(map(write_line, pile)))
    monkeypatch.chdir(tmp_path)
    words, answers = console(RECEIPTS)
    code, lines = run(*words, monkeypatch=monkeypatch, capsys=capsys)
    assert code == 1
    for line, answer in zip(lines, answers, strict=True):
        assert_says(line, answer)


async def test_the_function_of_the_page_finds_who_lied() -> None:
    linked, plain = write(1, LINKED), write(1, "hello")
    liars = define(RECEIPTS, "liars")
    assert await liars([linked, refused(linked)]) == set()
    assert await liars([plain, refused(plain)]) == {peerset.npub(key(9).public_key)}


def test_the_limits_of_the_page_are_those_of_the_code() -> None:
    assert f"{REFUSALS_MAX} and {REFUSALS_BYTES_MAX // 1_024} KiB" in EXPLAIN
    assert f"at most {RECEIPTS_PER_MINUTE_MAX} receipts a minute" in RECEIPTS
    assert f"while {CASES_WAITING_MAX} wait" in RECEIPTS
