"""Every attack that was ever tried, and every figure to reach: by which bench, run or test each is shown.

`docs/attack-report.md` has a line for each. What begins with ``tests/`` is a test; `HOSTILE`, `HOLES` and `HALFYEAR`
are runs of the report, `LARGE` and `CHURN` what it may be given; anything else is an attack of `tests.bench.attackers`
or `tests.bench.strangers`.
"""

from dataclasses import dataclass
from typing import Final

HOSTILE: Final = "hostile shares"
HOLES: Final = "holes"
ATTACK: Final = "attacks"
LARGE: Final = "large"
CHURN: Final = "churn"
HALFYEAR: Final = "halfyear"


@dataclass(frozen=True, slots=True)
class Row:
    """An attack, what must hold, and what shows it."""

    attack: str
    holds: str
    shown_by: tuple[str, ...]


ROWS: Final = (
    Row(
        "1. A round that queues the whole set again and again",
        "only ranges that were left open are answered; a record is queued once a round",
        ("a round that lies of ranges that are not open", "tests/protocol/test_sync_limits.py"),
    ),
    Row(
        "2. One start with a wrong clock empties the store",
        "nothing is collected by a clock that nobody confirms",
        ("tests/simulation/test_clocks.py", "tests/protocol/test_node_clock.py"),
    ),
    Row(
        "3a. A peer without our policies brings thousands of records that we refuse",
        "nobody is banned for it, and nothing fetched twice",
        ("records that the rules refuse", "tests/protocol/test_node_refused.py"),
    ),
    Row(
        "3b. A peer that purged a few records",
        "not to have the content is an answer, not a fault",
        ("records whose content is not there any more", "tests/protocol/test_lacking.py"),
    ),
    Row(
        "3c. An honest writer of 20,000 records and a reader with slow policies",
        "live pushes are under credit; what does not fit is left to sync",
        ("an honest writer of 15 MB", "tests/simulation/test_slow.py"),
    ),
    Row(
        "3d. 100,000 records meet 10,000 others",
        "what a round may cost follows from both counts, and goes on in the next",
        ("an honest peer with 10,000 other records", "tests/protocol/test_sync_large.py"),
    ),
    Row(
        "3e. A writer of 30 MB of young records",
        "no channel closes for what its owner wanted to say",
        ("an honest writer of 15 MB", "tests/simulation/test_young.py"),
    ),
    Row(
        "4. Eclipse by places: most members prove keys and pass nothing on",
        "honest members keep honest neighbours, and every record reaches them",
        (HOLES, "tests/simulation/test_holes.py"),
    ),
    Row(
        "5. Sybils on the tracker",
        "a newcomer meets the honest as fast as without them",
        ("200 invented members", "1280 invented members"),
    ),
    Row(
        "6. Asking for everything again, for ever",
        "what is given to one peer is budgeted",
        ("asking for everything for ever",),
    ),
    Row(
        "7. Garbage before the proof",
        "it costs the channel and a rest, not the neighbours behind that address",
        ("garbage before and after the proof", "tests/protocol/test_neighbours.py"),
    ),
    Row(
        "8. The same records dated ahead, again and again",
        "what did not fit is remembered; what is kept apart is bounded in bytes and a peer",
        ("800 records of two hours ahead, for ever", "64 kB records of two hours ahead"),
    ),
    Row(
        "9. Deletions of ids that nobody has",
        "marks rest in the store, looked up by one indexed query",
        ("deletions of ids that nobody has", "tests/stores/test_lookup.py"),
    ),
    Row(
        "Commits of documents that nobody has",
        "what they list rests as bytes, bounded an author and day",
        ("commits of what nobody has", "tests/stores/test_memory.py"),
    ),
    Row(
        "10. Valid records as fast as they go, of one key, of six and of as many as records",
        "honest delivery keeps within twice its quiet median",
        (
            "valid small records of six keys",
            "records of as many keys",
            "valid records with 63 indexed tags",
            "valid records of 60 kB",
            "valid records of last month",
        ),
    ),
    Row(
        "Events lost behind a flood of rejections",
        "rejections are told once each; own records are never lost behind them",
        ("records that the rules refuse", "tests/room/test_stream.py", "tests/protocol/test_told.py"),
    ),
    Row("Records that are known, again and again", "they cost little", ("1,000 records that are known, for ever",)),
    Row("Actions without a limit", "honest records stay as fast", ("actions",)),
    Row(
        "Ephemeral records replayed after 4,200 others",
        "the others are not delayed",
        ("4,300 ephemeral records, for ever",),
    ),
    Row(
        "Pushes in vain: each new record to everyone at once, and nothing passed on",
        "honest peers still hear each other at once",
        ("each new record to everyone at once",),
    ),
    Row(
        "An offer makes us send packets to a named host",
        "at most twice the bytes of the offers",
        ("offers", "tests/transports/test_caution.py"),
    ),
    Row("Websockets from 16 addresses fill the tracker", "others are answered as fast", ("sockets",)),
    Row(
        "600 idle connections shut the page server; a malformed request prints a traceback",
        "others are served, and nothing is printed",
        ("idle connections", "tests/test_listener.py"),
    ),
    Row(
        "A disk that is full, and then has room again",
        "what waited comes soon after",
        ("tests/room/test_room_full.py", "tests/simulation/test_disks.py"),
    ),
    Row("Store files that others may read", "a private one is its owner's alone", ("tests/stores/test_connection.py",)),
    Row(
        "Sybil members that speak plain Trystero, and foreign peers, take places",
        "honest members converge among all kinds of villains",
        (HOSTILE, "tests/simulation/test_hostile.py"),
    ),
    Row(
        "Names of records that there are not, told to light members, again and again",
        "beside one honest full member these have its root again within 240 seconds, who repeats it is hardly "
        "ever believed, and nobody honest is blamed",
        ("tests/testing/test_inventors.py", "tests/simulation/test_hostile.py"),
    ),
    Row(
        "Sketches of nothing and of what nobody has, and asking for a symbol more again and again",
        "honest members converge, and nobody honest is blamed",
        ("tests/testing/test_inventors.py", "tests/simulation/test_hostile.py"),
    ),
)
"""What the research found, in its order, and what was tried since."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure to reach, and the command that measures it."""

    what: str
    goal: str
    command: str
    measured: str
    """By which runs of the report it is."""
    limits: tuple[tuple[str, float, float], ...] = ()
    """Figures of these runs, and what they shall be at least and at most."""


GOALS: Final = (
    Goal(
        "10,000 members, the shipped machines in virtual time",
        "one run within 20 minutes on 2 cores and 8 GiB; degree 6 to 12; 99 % of deliveries <= 1 s; copies <= 1.1; "
        "idle <= 150 B/s",
        "python -m peerset.testing swarm --members 10000",
        LARGE,
        (
            ("degree", 6, 12),
            ("p99_seconds", 0, 1),
            ("copies", 0, 1.1),
            ("idle_bytes_per_second", 0, 150),
            ("cpu_seconds", 0, 20 * 60),
            ("rss_mib", 0, 8 * 1_024),
        ),
    ),
    Goal(
        "1,000 members, all trackers gone after the first minute, 20 % churn a minute",
        "one part at all times, no record lost",
        "python -m peerset.testing swarm --members 1000 --trackers-seconds 60 --churn 0.2",
        CHURN,
    ),
    Goal(
        "30 % of 200 members hostile, every attack in turn",
        "99.9 % of seeds: one part, p99 of convergence <= 10 s, no honest strike",
        "python -m peerset.testing swarm --members 200 --hostile 0.3",
        HOSTILE,
        (("p99_seconds", 0, 10),),
    ),
    Goal(
        "15 honest, 60 holes that dial as often as others",
        "a newcomer has at least 6 honest neighbours within 60 s, a record reaches all, in 99 % of seeds",
        "python -m peerset.testing.holes --seeds 1000",
        HOLES,
    ),
    Goal(
        "15 honest, 60 holes, one of two trackers hostile",
        "the same in 99 % of seeds",
        "python -m peerset.testing.holes --seeds 1000 --hostile-trackers 1",
        "holes-tracker",
    ),
    Goal(
        "15 honest, 150 holes",
        "the same in 90 % of seeds",
        "python -m peerset.testing.holes --seeds 1000 --holes 150",
        "holes-150",
    ),
    Goal(
        "15 honest, 60 holes that dial 15 times as often",
        "printed",
        "python -m peerset.testing.holes --seeds 1000 --dial-seconds 0.87",
        "holes-often",
    ),
    Goal(
        "180 virtual days of churn, expiry, deletion, budgets",
        "nothing comes back, roots equal, disk <= 1.2 times what lives",
        "python -m peerset.testing.simulator --scenario halfyear --seeds 100",
        HALFYEAR,
    ),
    Goal(
        "each attack, real",
        "memory <= +32 MiB, honest p50 <= twice the quiet one, loop never blocked for 50 ms more, no honest ban",
        "python -m tests.bench attacks",
        ATTACK,
    ),
)
"""What the design promises of a large and hostile swarm."""
