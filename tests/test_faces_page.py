"""docs/faces.md: its conversation goes as it says, and its limits are those of the code."""

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Final

import pytest

from peerset.faces.limits import FaceLimits
from peerset.faces.relay import NIPS
from tests.faces.conftest import events_of, joined, relayed, talking, written

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


def test_its_limits_are_those_of_the_code() -> None:
    said = {name: float(value.replace(",", "")) for name, value in re.findall(r"(?m)^\| `(\w+)` \| ([\d,]+) \|", PAGE)}
    limits = asdict(FaceLimits())
    assert said == {name: limits[name] for name in said}
    assert len(said) > 10


def test_it_names_every_nip_that_is_there() -> None:
    assert {int(number) for number in re.findall(r"\[(\d\d)\]\(https", PAGE)} == set(NIPS)
