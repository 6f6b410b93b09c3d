"""docs/faces.md: its conversation goes as it says, and its limits are those of the code."""

import asyncio
import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Final

import pytest

import peerset
from peerset.faces.limits import FaceLimits
from peerset.faces.relay import NIPS
from peerset.faces.routes import ROUTES
from tests.faces.conftest import KEY, events_of, joined, relayed, talking, written
from tests.faces.test_http import asking

PAGE: Final = (Path(__file__).resolve().parents[1] / "docs" / "faces.md").read_text("utf-8")


@pytest.mark.real_time
async def test_a_client_and_the_relay_speak_as_it_says() -> None:
    [block] = re.findall(r"(?s)```nostr\n(.*?)```", PAGE)
    async with joined() as room, relayed(room) as url, talking(url) as talk:
        record = written(room, "hello")
        [event] = events_of(record)
        block = block.replace(", EVENT]", f", {json.dumps(event)}]").replace(" ID,", f' "{event["id"]}",')
        for turn in block.split("> ")[1:]:
            said, *heard = map(json.loads, turn.strip().split("\n< "))
            await talk.say(*said)
            # What one message brings about comes in any order.
            answers = [await talk.hear() for _ in heard]
            assert sorted(map(json.dumps, answers)) == sorted(map(json.dumps, heard))


@pytest.mark.real_time
async def test_its_program_writes_and_reads(capsys: pytest.CaptureFixture[str]) -> None:
    [program] = re.findall(r"(?s)```python\n(.*?)```", PAGE)
    async with peerset.join("lobby", key=KEY, signaling=[]) as room, asking(room) as client:
        [event] = events_of(written(room, "hello", tags=(["c", "notes"],)))
        program = program.replace("http://127.0.0.1:8080", client.place)
        await asyncio.to_thread(exec, program, {"event": event})
    fates, page = capsys.readouterr().out.splitlines()
    assert fates == f"[{{'id': '{event['id']}', 'outcome': 'taken', 'reason': ''}}]"
    assert page == "['hello'] None"


def test_it_names_every_request() -> None:
    said = {
        (method, path.replace("APP", "{app}").replace("ROOM", "{room}").replace("ID", "{id}"))
        for method, path in re.findall(r"(?m)^\| `(GET|POST) (\S+)` \|", PAGE)
    }
    assert said == {(route.method, route.path) for route in ROUTES if route.name != "describe"}


def test_its_limits_are_those_of_the_code() -> None:
    said = {name: float(value.replace(",", "")) for name, value in re.findall(r"(?m)^\| `(\w+)` \| ([\d,]+) \|", PAGE)}
    limits = asdict(FaceLimits())
    assert said == {name: limits[name] for name in said}
    assert len(said) > 10


def test_it_names_every_nip_that_is_there() -> None:
    assert {int(number) for number in re.findall(r"\[(\d\d)\]\(https", PAGE)} == set(NIPS)
