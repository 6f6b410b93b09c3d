"""Grants: what their tokens say, and whose they are."""

import json
import runpy
from pathlib import Path
from typing import Any, Final

import pytest

from peerset.core.clock import UnixTime
from peerset.core.grant import ALL, GRANTS_CACHED, grants_in, known_grant, read_grant, sign_grant, spoken_for
from peerset.core.keys import PublicKey, SecretKey
from peerset.core.limits import RECORD_GRANTS_MAX
from peerset.core.record import Record, record_of, sign_record
from peerset.core.signal import RoomTag
from peerset.errors import MalformedError

FOLDER: Final = Path(__file__).parents[1] / "vectors"
VECTORS: Final = json.loads((FOLDER / "grants.json").read_text("utf-8"))
OWNER, WRITER = SecretKey(bytes([1]) * 32), SecretKey(bytes([3]) * 32)
ROOM, ATTIC = RoomTag(bytes(16)), RoomTag(b"\x01" * 16)
SINCE, UNTIL = UnixTime(1_790_000_000), UnixTime(1_790_086_400)


def token(*collections: str, room: RoomTag = ROOM) -> str:
    names = collections or (ALL,)
    return sign_grant(OWNER, WRITER.public_key, room_tag=room, since=SINCE, until=UNTIL, collections=names).text


def record(*grants: str, room: RoomTag = ROOM, key: SecretKey = WRITER) -> Record:
    tags = [["h", room.hex()], *(["grant", each] for each in grants)]
    return sign_record(key, created_at=SINCE, kind=1_078, tags=tags, content="")


def test_the_vectors_are_what_their_script_writes() -> None:
    assert runpy.run_path(str(FOLDER / "make_grants.py"))["make"]() == (FOLDER / "grants.json").read_text("utf-8")


@pytest.mark.parametrize("case", VECTORS["grants"], ids=lambda case: case["name"])
def test_a_grant_is_signed_and_read_as_in_the_vectors(case: dict[str, Any]) -> None:
    room, writer = RoomTag(bytes.fromhex(case["room"])), PublicKey(bytes.fromhex(case["writer"]))
    key = SecretKey(bytes.fromhex(case["secret_key"]))
    names = case["collections"].split(" ")
    span = {"since": case["since"], "until": case["until"]}
    signed = sign_grant(key, writer, room_tag=room, **span, collections=names, is_on_behalf=case["on_behalf"])
    assert signed.text == case["token"]
    assert read_grant(case["token"]) == signed
    assert signed.is_genuine(room)
    assert not signed.is_genuine(RoomTag(bytes(16)))


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_a_record_speaks_for_whom_its_grant_is_by_if_it_is_good(case: dict[str, Any]) -> None:
    given = record_of(case["event"])
    assert spoken_for(given).hex() == case["speaks_for"]


@pytest.mark.parametrize("case", VECTORS["refusals"], ids=lambda case: case["name"])
def test_what_is_no_token_is_refused(case: dict[str, str]) -> None:
    with pytest.raises(MalformedError):
        read_grant(case["text"])
    assert known_grant(case["text"], ROOM) is None


def test_a_megabyte_is_refused_by_its_length() -> None:
    with pytest.raises(MalformedError, match="1048576 characters"):
        read_grant("A" * 2**20)


def test_a_grant_covers_its_collections_and_its_time() -> None:
    some, every = read_grant(token("places", "notes")), read_grant(token())
    assert [some.covers(name) for name in ("places", "notes", "place", "", None)] == [True, True, False, False, False]
    assert [every.covers(name) for name in ("places", None)] == [True, True]
    times = [SINCE - 1, SINCE, UNTIL, UNTIL + 1]
    assert [some.holds_at(UnixTime(at)) for at in times] == [False, True, True, False]


def test_a_record_carries_two_grants_and_no_more_and_those_alone_that_are_for_its_author_and_room() -> None:
    good, other, foreign = token("places"), token("notes"), token(room=ATTIC)
    assert grants_in(record(good, other)) == [read_grant(good), read_grant(other)]
    assert grants_in(record(foreign, good)) == [read_grant(good)]
    assert grants_in(record(foreign, "nonsense", good)) == []
    assert grants_in(record()) == grants_in(record(good, key=OWNER)) == grants_in(record(good, room=ATTIC)) == []


def test_what_a_record_makes_others_verify_is_two_signatures_however_many_grants_it_carries() -> None:
    grants = [token(f"places{number}") for number in range(60)]
    known_grant.cache_clear()
    spoken_for(record(*grants))
    assert known_grant.cache_info().misses == RECORD_GRANTS_MAX


def test_so_many_are_remembered_and_no_more() -> None:
    for number in range(GRANTS_CACHED + 10):
        known_grant(f"no grant {number}", ROOM)
    assert known_grant.cache_info().currsize == GRANTS_CACHED


@pytest.mark.parametrize(
    ("collections", "since", "until"),
    [
        *((names, 0, 1) for names in (("",), ("two words ",), ("*", "places"), ("a\n",), ("\ud800",), ("a" * 626,))),
        *((("places",), *times) for times in ((2, 1), (-1, 1), (0, 2**53))),
    ],
)
def test_what_cannot_be_meant_is_not_signed(collections: tuple[str, ...], since: int, until: int) -> None:
    with pytest.raises(MalformedError):
        sign_grant(
            OWNER,
            WRITER.public_key,
            room_tag=ROOM,
            since=UnixTime(since),
            until=UnixTime(until),
            collections=collections,
        )


def test_no_grant_is_for_what_is_no_key() -> None:
    with pytest.raises(MalformedError, match="by one key for another"):
        sign_grant(OWNER, PublicKey(b"\xff" * 32), room_tag=ROOM, since=SINCE, until=UNTIL)
