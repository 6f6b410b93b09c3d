"""Nodes of both languages against each other: the same case gives the same bytes, whoever speaks.

Each case draws records, channels and mishaps by its number, and is played by two Python nodes, by one of each
language, and by two TypeScript nodes. The transcripts are everything that any node asked for, every message in its
bytes among them, every deadline, and the roots at the end.
"""

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path
from typing import Final, get_args

import pytest

from peerset.core.message import BlobMessage, Fetch, Introduce, Light, Named, Neighbours, Seek
from peerset.core.wire import LAYOUTS
from tests.web.pool import STARTS, Pool
from tests.web.world import Harness, Member, Step, World

pytestmark = pytest.mark.real_time

ROOT: Final = Path(__file__).resolve().parents[2]
# The tree comes last on the path, so that what is tested is the installed package.
PYTHON: Final = f"import sys; sys.path.append({str(ROOT)!r}); from tests.protocol.harness import main; main()"
CASES: Final = 120
CROWDED_CASES: Final = 4
EVENTS: Final = {
    "ClockSkewed",
    "PeerJoined",
    "PeerLeft",
    "PeerSynced",
    "RecordAdded",
    "RecordDeleted",
    "RecordKnown",
    "RecordPostponed",
    "RecordRejected",
    "RecordsExpired",
    "SaveDelayed",
    "StrikeCounted",
}
UNSAID: Final = (Fetch, Seek, Neighbours, Introduce, Light, Named, *get_args(BlobMessage))
"""A page gives no content of what is old, and nobody in the cases asks for any, looks for others, is light
or has files."""
LONELY_SECONDS: Final = 1_300.0
SETTLING_SECONDS: Final = (1.0, *[10.0] * 36)


@dataclass(frozen=True)
class Stage:
    """What all cases are played with."""

    pool: Pool
    python: Harness
    typescript: Harness

    @property
    def pairings(self) -> dict[str, tuple[Harness, Harness]]:
        """Which harnesses take turns in holding the nodes of a case."""
        return {
            "Python alone": (self.python, self.python),
            "Python and TypeScript": (self.python, self.typescript),
            "TypeScript alone": (self.typescript, self.typescript),
        }


@pytest.fixture(scope="module")
def pool() -> Pool:
    return Pool()


@pytest.fixture(scope="module")
def python(pool: Pool) -> Iterator[Harness]:
    yield from telling(pool, Harness([sys.executable, "-c", PYTHON], ROOT))


@pytest.fixture(scope="module")
def stage(pool: Pool, python: Harness) -> Iterator[Stage]:
    for typescript in telling(pool, Harness(["node", "--import", "tsx", "test/harness.ts"], ROOT / "web")):
        yield Stage(pool, python, typescript)


def telling(pool: Pool, harness: Harness) -> Iterator[Harness]:
    """Tell *harness* of the records, and close it afterwards."""
    harness.ask(do="pool", records=[record.wire.hex() for record in pool.records])
    yield harness
    harness.close()


@pytest.mark.node
@pytest.mark.parametrize("number", range(CASES))
def test_a_random_case_gives_the_same_bytes_whoever_plays_it(stage: Stage, number: int) -> None:
    assert_same_bytes({name: play(stage.pool, pair, number) for name, pair in stage.pairings.items()})


@pytest.mark.node
@pytest.mark.parametrize("number", range(CROWDED_CASES))
def test_large_sets_give_the_same_bytes_whoever_compares_them(stage: Stage, number: int) -> None:
    assert_same_bytes({name: play_crowd(stage.pool, pair, number) for name, pair in stage.pairings.items()})


def test_the_cases_say_every_message_and_tell_of_every_event_of_records(pool: Pool, python: Harness) -> None:
    alone = (python, python)
    transcripts = chain(
        (play_crowd(pool, alone, number) for number in range(CROWDED_CASES)),
        (play(pool, alone, number) for number in range(CASES)),
    )
    missing = {*(layout.kind.__name__ for layout in LAYOUTS.values() if layout.kind not in UNSAID), *EVENTS}
    for transcript in transcripts:
        missing -= set(chain.from_iterable(map(names_of, transcript)))
        if not missing:
            break
    assert missing == set()


def test_in_some_cases_pins_keep_what_is_older_than_the_window(pool: Pool, python: Harness) -> None:
    transcripts = (play(pool, (python, python), number) for number in range(0, CASES, 4))
    kept = (
        rest[1]["kept"]
        for transcript in transcripts
        for step in transcript
        for effect, *rest in step[2]["effects"]
        if effect == "Emit" and rest[0] == "RecordsExpired"
    )
    assert any(kept)


def names_of(step: Step) -> Iterator[str]:
    """Give the names of the messages and events in *step*."""
    for effect, *rest in step[2]["effects"]:
        if effect == "Send":
            yield LAYOUTS[bytes.fromhex(rest[1])[1]].kind.__name__
        elif effect == "Emit":
            yield rest[0]


def assert_same_bytes(transcripts: dict[str, list[Step]]) -> None:
    (name, first), *others = transcripts.items()
    for other, transcript in others:
        for at, (expected, found) in enumerate(zip(first, transcript, strict=False)):
            assert expected == found, f"step {at} differs between {name} and {other}"
        assert len(first) == len(transcript)


def play(pool: Pool, harnesses: tuple[Harness, Harness], number: int) -> list[Step]:
    """Play the case *number*; give its transcript."""
    rng = random.Random(f"case {number}")
    world = World(pool, rng.choice(STARTS), rng)
    is_peaceful = rng.random() < 0.6
    policies = [rng.choice(("none", "none", "none", "kept"))] if is_peaceful else ["none", "kept", "claimed"]
    for at in range(2 + (rng.random() < 0.3)):
        chosen = rng.sample(pool.old, rng.randrange(20)) + rng.sample(pool.deletions, rng.randrange(4))
        if number % 4 == 0:
            # And what they hold, as far as it is there: it becomes older than the window in the end.
            pins = rng.sample(pool.pins, 10)
            chosen += [*pins, *(each for each in pool.held_by(pins) if rng.random() < 0.7)]
        ahead_seconds = rng.choice((0, 0, 0, -50, 130))
        world.add(harnesses[at % 2], sorted(set(chosen)), policy=rng.choice(policies), ahead_seconds=ahead_seconds)
    members = list(world.members.values())
    for one, two in pairwise(members):
        world.open(one, two)
    for _ in range(rng.randrange(8)):
        for _ in range(rng.randrange(9)):
            world.deliver()
        happen(world, rng, is_peaceful=is_peaceful)
    settle(world, must_agree=is_peaceful)
    for one, two in pairwise(members):
        world.close(one, two, "the day is over")
    world.pass_time(LONELY_SECONDS)
    return world.transcript


def happen(world: World, rng: random.Random, *, is_peaceful: bool) -> None:
    """Let something happen that the seed picks."""
    pool, members = world.pool, list(world.members.values())
    member = rng.choice(members)
    at = members.index(member)
    other = members[at - 1] if at else members[1]
    wild = () if is_peaceful else ("import bad", "tamper", "ban", "fault", "purge", "fill")
    match rng.choice(
        (
            "publish",
            "publish",
            "publish",
            "import",
            "delete",
            "break",
            "restart",
            "slow",
            "slow",
            "wait",
            "wait",
            *wild,
            *wild,
        )
    ):
        case "publish":
            world.tell(member, "published", records=rng.sample(pool.young[world.start], rng.randint(1, 4)))
        case "import":
            world.tell(member, "imported", records=rng.sample(pool.old, rng.randint(1, 8)))
        case "delete":
            world.tell(member, "published", records=rng.sample(pool.deletions, rng.randint(1, 4)))
        case "break":
            world.close(member, other, "the network is gone")
        case "restart":
            world.restart(member)
        case "slow":
            world.tell(member, "disk", full=False, slow=rng.random() < 0.7)
        case "wait":
            world.pass_time(rng.choice((0.02, 1.0, 5.5, 31.0)))
        case what:
            trouble(world, rng, what, member, other)


def trouble(world: World, rng: random.Random, what: str, member: Member, other: Member) -> None:
    """Let something happen that no honest peer wishes for."""
    pool = world.pool
    match what:
        case "import bad":
            world.tell(member, "imported", records=rng.sample(pool.bad, rng.randint(1, 8)))
        case "tamper":
            world.tampered = rng.randint(1, 3)
        case "ban":
            world.tell(member, "banned", key=world.key_of(other), seconds=rng.choice((0.0, 20.0)))
        case "fault" if world.is_linked(member, other):
            world.tell(member, "faulted", peer=other.name, reason="a frame was cut short")
        case "purge":
            purged = rng.sample(pool.young[world.start], 3) + rng.sample(pool.old, 20)
            world.tell(member, "purged", records=purged)
        case "fill":
            world.tell(member, "disk", full=True, slow=False)
        case _:
            pass


def settle(world: World, *, must_agree: bool) -> None:
    """Join what is apart and give all time to agree; they must, unless a wild case gave them reason not to."""
    world.tampered = 0
    members = list(world.members.values())
    for member in members:
        world.tell(member, "disk", full=False, slow=False)
    world.deliver_all()
    for seconds in SETTLING_SECONDS if must_agree else SETTLING_SECONDS[:3]:
        for one, two in pairwise(members):
            if not world.is_linked(one, two):
                world.open(one, two)
        world.deliver_all()
        world.pass_time(seconds)
        if world.is_settled():
            return
    assert not must_agree, "the sets differ in the end"


def play_crowd(pool: Pool, harnesses: tuple[Harness, Harness], number: int) -> list[Step]:
    """Compare two sets of hundreds of records; give the transcript."""
    rng = random.Random(f"crowd {number}")
    world = World(pool, STARTS[number], rng)
    for harness, share in zip(harnesses, ((1.0, 0.0), (0.9, 0.9), (0.5, 0.5), (0.02, 1.0))[number], strict=True):
        world.add(harness, [each for each in pool.crowd if rng.random() < share])
    one, two = world.members.values()
    world.open(one, two)
    settle(world, must_agree=True)
    return world.transcript
