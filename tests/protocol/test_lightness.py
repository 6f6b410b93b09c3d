from peerset.core.clock import DAY_SECONDS
from peerset.protocol.lightness import Entry, Lightness, pack_names, unpack_names

DAY_9, DAY_5 = 9 * DAY_SECONDS, 5 * DAY_SECONDS


def test_a_light_member_takes_names_of_a_full_one_of_what_is_older_than_its_edge() -> None:
    light, full = Lightness(DAY_9), Lightness()
    full.theirs = DAY_9
    assert (light.first_day, full.first_day) == (0, 0)
    for at, is_old in ((DAY_9 - 1, True), (DAY_9, False)):
        assert (light.takes(at), light.names(at)) == (is_old, False)
        assert (full.takes(at), full.names(at)) == (False, is_old)


def test_two_light_members_share_what_the_one_that_keeps_more_has() -> None:
    one, two = Lightness(DAY_9), Lightness(DAY_5)
    one.theirs, two.theirs = DAY_5, DAY_9
    assert (one.first_day, two.first_day) == (5, 5)
    assert two.names(DAY_9 - 1)


def test_who_does_not_understand_it_is_compared_with_over_the_newest_days_alone() -> None:
    one = Lightness(DAY_9, is_shared=False)
    one.theirs = DAY_5
    assert one.first_day == 9
    assert (one.takes(0), one.names(0)) == (False, False)


def test_names_are_packed_and_read_again_without_what_is_left_over() -> None:
    entries = [(0, bytes(32)), (2**32 - 1, b"x" * 32)]
    assert unpack_names(pack_names(entries)) == entries
    assert unpack_names(pack_names(entries)[:-1]) == entries[:1]
    assert unpack_names(b"") == []


def test_what_a_neighbour_lacks_is_doubtful_where_it_would_keep_it_whole() -> None:
    doubted: list[Entry] = []
    entries = [(at, bytes(32)) for at in (DAY_5 - 1, DAY_5, DAY_9 - 1, DAY_9)]
    light = Lightness(DAY_9, doubt=doubted.extend)
    light.theirs = DAY_5
    light.lacked(entries)
    assert doubted == entries[1:3]
    for other in (Lightness(), Lightness(DAY_9, is_shared=False, doubt=doubted.extend)):
        other.lacked(entries)
    assert doubted == entries[1:3]
