"""The grants of a writer, and which of them what it writes carries."""

import pytest

from peerset.core.clock import UnixTime
from peerset.core.grant import Grant, sign_grant
from peerset.core.keys import npub
from peerset.core.record import KIND_DELETION, KIND_RECORD, Record, sign_record
from peerset.core.signal import RoomName
from peerset.data.desk import Draft
from peerset.errors import ConfigError
from peerset.room.wallet import TOKENS_MAX, Wallet, check_writer, read_grants
from peerset.stores.memory import MemoryStore
from peerset_moderation.writers import WriterPolicy
from tests.protocol.pair import START, key

ROOM, ATTIC = RoomName("peerset", "lobby"), RoomName("peerset", "attic")
OWNER, WRITER = key(1), key(2)
POLICY = WriterPolicy(owners=[OWNER.public_key])


def grant(
    *collections: str,
    since: int = START,
    days: int = 1,
    owner: int = 1,
    room: RoomName = ROOM,
    is_on_behalf: bool = False,
) -> Grant:
    return sign_grant(
        key(owner),
        WRITER.public_key,
        room_tag=room.tag,
        since=UnixTime(since),
        until=UnixTime(since + days * 86_400),
        collections=collections or ("*",),
        is_on_behalf=is_on_behalf,
    )


def carried(*grants: Grant, collection: str = "places", at: int = START, is_on_behalf: bool = False) -> list[str]:
    wallet = Wallet(WRITER.public_key, grants, [POLICY])
    draft = Draft(KIND_RECORD, [("c", collection)], "", is_on_behalf)
    return [tag[1] for tag in wallet.tags(draft, UnixTime(at))]


def written(*grants: Grant) -> Record:
    tags = [("h", ROOM.tag.hex()), *(("grant", each.text) for each in grants)]
    return sign_record(WRITER, created_at=UnixTime(START), kind=KIND_RECORD, tags=tags, content="")


def test_a_record_carries_the_grant_that_fits_and_of_several_the_one_that_lasts_longest() -> None:
    short, long, elsewhere = grant(), grant(days=9), grant("notes", days=99)
    assert carried(short, long, elsewhere) == [long.text]
    assert carried(short, elsewhere, collection="notes") == [elsewhere.text]


def test_one_that_has_run_out_is_carried_where_there_is_no_other_so_that_the_refusal_says_why() -> None:
    old = grant(since=START - 9 * 86_400)
    assert carried(old) == [old.text]
    assert carried(old, grant(since=START - 1)) != [old.text]
    assert carried() == []


def test_on_behalf_of_another_it_carries_two_the_grant_by_which_it_is_written_and_that_of_whom_it_speaks_for() -> None:
    granted, mine = grant(), grant("places", owner=4, is_on_behalf=True)
    device = grant(is_on_behalf=True)
    assert carried(granted, mine, is_on_behalf=True) == [granted.text, mine.text]
    assert carried(granted, mine, is_on_behalf=True, collection="notes") == [granted.text]
    assert carried(granted, mine) == [granted.text]
    # An owner's device needs one.
    assert carried(granted, device, is_on_behalf=True) == [device.text]
    assert carried(mine, is_on_behalf=True) == [mine.text]


def test_so_many_grants_are_brought_along_and_no_more() -> None:
    texts = [grant(f"c{number}").text for number in range(TOKENS_MAX)]
    assert len(read_grants(texts, ROOM)) == TOKENS_MAX
    with pytest.raises(ConfigError, match="at most 64, not 5000"):
        read_grants(texts[:1] * 5_000, ROOM)


def test_nothing_is_carried_where_policies_ask_it_of_others_alone() -> None:
    draft = Draft(KIND_RECORD, [("c", "places")], "")
    assert Wallet(OWNER.public_key, [grant()], [POLICY]).tags(draft, UnixTime(START)) == []
    elsewhere = WriterPolicy(owners=[OWNER.public_key], collections=["notes"])
    assert Wallet(WRITER.public_key, [grant()], [elsewhere]).tags(draft, UnixTime(START)) == []


def test_where_no_policy_that_asks_is_known_the_grant_that_was_given_is_carried_for_others_may_have_one() -> None:
    draft = Draft(KIND_RECORD, [("c", "places")], "")
    given = [grant(is_on_behalf=True), grant("notes", days=9), grant()]
    assert Wallet(WRITER.public_key, given, []).tags(draft, UnixTime(START)) == [("grant", grant().text)]
    # To speak for somebody is never done unasked.
    assert Wallet(WRITER.public_key, given[:2], []).tags(draft, UnixTime(START)) == []


def test_what_carries_a_grant_gets_no_second_one() -> None:
    draft = Draft(KIND_RECORD, [("grant", grant().text)], "")
    assert Wallet(WRITER.public_key, [grant(days=9)], [POLICY]).tags(draft, UnixTime(START)) == []


async def test_a_deletion_takes_the_grant_of_what_it_deletes_or_of_our_latest_record() -> None:
    store, wallet = MemoryStore(), Wallet(WRITER.public_key, [], [POLICY])
    target = written(grant())
    by_id, by_address = Draft(KIND_DELETION, [("e", target.id.hex())], ""), Draft(KIND_DELETION, [("a", "30078:")], "")
    assert await wallet.granted(by_id, store) == by_id
    await store.add([target])
    for draft in (by_id, by_address):
        assert [*(await wallet.granted(draft, store)).tags] == [*draft.tags, ("grant", grant().text)]
    broken = Draft(KIND_DELETION, [("e", "no id"), ("e",)], "")
    assert (await wallet.granted(broken, store)).tags[-1] == ("grant", grant().text)


async def test_a_deletion_with_a_grant_at_hand_or_by_an_owner_needs_none_of_that() -> None:
    store, draft = MemoryStore(), Draft(KIND_DELETION, [], "")
    await store.add([written(grant(owner=3))])
    assert await Wallet(WRITER.public_key, [grant()], [POLICY]).granted(draft, store) == draft
    assert await Wallet(OWNER.public_key, [], [POLICY]).granted(draft, store) == draft
    # A grant by nobody who owns the room is of no use.
    assert await Wallet(WRITER.public_key, [], [POLICY]).granted(draft, store) == draft


def test_grants_are_read_from_one_text_or_several() -> None:
    one, other = grant(), grant("notes")
    assert read_grants(f" {one.text}\n", ROOM) == [one]
    assert read_grants([one.text, other.text], ROOM) == [one, other]
    assert read_grants((), ROOM) == []


def test_what_is_no_grant_for_us_in_this_room_is_refused_by_a_clear_word() -> None:
    forged = Grant(key(3).public_key, WRITER.public_key, UnixTime(START), UnixTime(START), "*", grant().signature)
    for text in (grant(room=ATTIC).text, forged.text):
        with pytest.raises(ConfigError, match="was not signed by it, or is for another room"):
            read_grants(text, ROOM)
    with pytest.raises(
        ConfigError, match=f"is for {npub(WRITER.public_key)}, but you write as {npub(OWNER.public_key)}"
    ):
        check_writer([grant()], OWNER.public_key)
    with pytest.raises(ConfigError, match="but you write as a new key"):
        check_writer([grant()], None)
    for text in ("nonsense", "A" * 2**20, grant().text[:-3]):
        with pytest.raises(ConfigError, match="grants: a grant"):
            read_grants(text, ROOM)
    with pytest.raises(ConfigError, match="a grant"):
        read_grants([7], ROOM)  # type: ignore[list-item]
