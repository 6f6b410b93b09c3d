from peerset.core.limits import SHORTCUT_SECONDS, WAYS_REMEMBERED_MAX
from peerset.core.message import Pull
from peerset.core.signal import PeerId
from peerset.protocol.effects import Send
from peerset.protocol.ends import Ends
from peerset.protocol.outlet import Outlet
from peerset.protocol.pulls import Pulls
from peerset.protocol.recents import Recents
from peerset.protocol.ways import Ways
from tests.protocol.test_relay import PEERS, at

PREFIX = b"a" * 8


def make_neighbours(*peers: PeerId) -> dict[PeerId, Ends]:
    return {peer: Ends(Outlet(peer, Recents()), has_lacking=True) for peer in peers}


def overtake(ways: Ways, peer: PeerId, neighbours: dict[PeerId, Ends], seconds: float = 0.0) -> list[Send]:
    """Let *peer* tell of a record so long before the first of all pushes it."""
    pull = Pulls().expect(PREFIX, peer, at(0))
    return ways.came(PEERS[0], PREFIX, pull, make_neighbours(PEERS[0]) | neighbours, at(seconds))


def taken(peer: PeerId) -> list[Send]:
    return [Send(peer, Pull(()))]


def test_who_tells_long_before_has_what_is_new_pushed_from_then_on() -> None:
    ways, neighbours = Ways(), make_neighbours(*PEERS[:3])
    assert overtake(ways, PEERS[1], neighbours, SHORTCUT_SECONDS / 2) == []
    assert overtake(ways, PEERS[1], neighbours, SHORTCUT_SECONDS) == taken(PEERS[1])
    assert neighbours[PEERS[1]].is_branch
    assert not neighbours[PEERS[0]].is_branch
    assert overtake(ways, PEERS[1], neighbours, SHORTCUT_SECONDS) == []


def test_who_owes_records_or_is_gone_or_was_asked_is_no_shorter_way() -> None:
    ways, neighbours = Ways(), make_neighbours(PEERS[1])
    neighbours[PEERS[1]].miss()
    assert overtake(ways, PEERS[1], neighbours, SHORTCUT_SECONDS) == []
    assert overtake(ways, PEERS[2], neighbours, SHORTCUT_SECONDS) == []
    pulls = Pulls()
    pulls.ask(PREFIX, PEERS[3], at(0))
    assert ways.came(PEERS[0], PREFIX, pulls.get(PREFIX), make_neighbours(PEERS[0], PEERS[3]), at(1)) == []


def test_the_last_who_told_before_others_and_is_present_leads_around() -> None:
    ways = Ways()
    assert ways.around(PEERS[0], make_neighbours(*PEERS)) == []
    for peer in PEERS[1:4]:
        overtake(ways, peer, {})
    assert ways.around(PEERS[0], make_neighbours(*PEERS)) == taken(PEERS[3])
    assert ways.around(PEERS[0], make_neighbours(PEERS[1], PEERS[2])) == taken(PEERS[2])
    assert ways.around(PEERS[4], make_neighbours(*PEERS)) == []


def test_what_came_long_ago_tells_nothing_any_more() -> None:
    ways = Ways()
    overtake(ways, PEERS[1], {})
    for _ in range(100):
        ways.came(PEERS[0], PREFIX, None, {}, at(0))
    for _ in range(WAYS_REMEMBERED_MAX // 2):
        ways.came(PEERS[2], PREFIX, None, {}, at(0))
    for lost in (PEERS[0], PEERS[2]):
        assert ways.around(lost, make_neighbours(*PEERS)) == taken(PEERS[1])
    ways.came(PEERS[2], PREFIX, None, {}, at(0))
    assert ways.around(PEERS[0], make_neighbours(*PEERS)) == []
    for _ in range(WAYS_REMEMBERED_MAX):
        overtake(ways, PEERS[3], {})
    assert ways.around(PEERS[0], make_neighbours(PEERS[1])) == []
