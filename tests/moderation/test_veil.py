"""What readers do not see, for who marks it."""

from peerset.core.deletion import outline_of
from peerset.moderation.curtain import KINDS, Curtain
from peerset.moderation.panel import Panel
from peerset.moderation.shadows import Shadows
from peerset.moderation.veil import Veil
from peerset.stores.memory import MemoryStore
from tests.moderation.test_shadows import NewestOf
from tests.moderation.test_versions import version
from tests.protocol.pair import START, make_record

RECORDS = [make_record(number, at=START + number) for number in range(1, 5)]


def drawn(count: int) -> tuple[Veil, Shadows, Curtain]:
    shadows = Shadows([NewestOf(count)])
    notes = {kind: dict[bytes, str]() for kind in KINDS}
    curtain = Curtain(MemoryStore(), Panel(()), notes=notes, on_event=lambda _: None, key_of=lambda _: None)
    return Veil(shadows, curtain), shadows, curtain


def test_what_rules_shadow_is_told_at_first_in_full_and_then_by_what_changed() -> None:
    veil, shadows, _ = drawn(2)
    shadows.add(RECORDS[:3])
    assert veil.shifted() == (set(), set())
    assert list(veil.shadowed()) == [RECORDS[0].id]
    assert veil.shifted() == (set(), set())
    shadows.add(RECORDS[3:])
    assert veil.shifted() == ({RECORDS[0].id, RECORDS[1].id}, {RECORDS[2].id, RECORDS[3].id})
    shadows.remove(RECORDS[3].id)
    assert veil.shifted() == ({RECORDS[0].id}, {RECORDS[1].id, RECORDS[2].id})
    assert veil.covers(RECORDS[0])
    assert not veil.covers(RECORDS[2])
    for record in RECORDS:
        shadows.remove(record.id)
    assert veil.shifted() == (set(), set())


async def test_who_is_muted_is_covered_and_each_decision_is_a_turn() -> None:
    veil, _, curtain = drawn(9)
    author = RECORDS[0].author
    await curtain.mute(author)
    assert veil.covers(RECORDS[0])
    assert veil.hides(RECORDS[0])
    assert (veil.muted(), veil.turns) == ([author], 1)
    await curtain.unmute(author)
    assert (veil.muted(), veil.turns, veil.covers(RECORDS[0])) == ([], 2, False)
    assert list(veil.quarantine()) == []


def test_of_which_keyed_records_versions_are_here_is_known() -> None:
    veil, shadows, _ = drawn(9)
    record = version(0)
    address = outline_of(record).address or b""
    assert not veil.has_versions(address)
    shadows.add([record])
    assert veil.has_versions(address)
    assert not veil.has_versions(outline_of(version(0, name="other")).address or b"")
    shadows.remove(record.id)
    assert not veil.has_versions(address)


def test_that_something_has_shifted_is_known_before_it_is_asked_what() -> None:
    veil, shadows, _ = drawn(2)
    list(veil.shadowed())
    assert not veil.has_shifted
    shadows.add(RECORDS)
    assert veil.has_shifted
    veil.shifted()
    assert not veil.has_shifted
