"""How fast bad words are looked for: ``python -m tests.bench words``.

A record of 300 bytes as it comes, and 64 KiB of what costs most; the limits are 0.2 ms for all admission policies
together and 20 ms.
"""

import timeit
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from peerset_moderation.automaton import Automaton
from peerset_moderation.words import WordPolicy

BYTES_MAX: Final = 65_536
REPEATS: Final = 5
CALLS: Final = 200
PLAIN: Final = (
    "The quick brown fox jumps over the lazy dogs and runs to the meadow where nobody has ever seen him. " * 3
)
MIXED: Final = (
    "It's 4pm on 3rd Avenue, and we're meeting at the cock-a-doodle cafe (2nd floor); RSVP to a@b.example! " * 3
)
WORST: Final[Mapping[str, str]] = {
    "all 'a'": "a",
    "zalgo": "z\u0301\u0302\u0303\u0489",
    "alternating separators": "a-b.c d_",
    "single letters": "a ",
    "repeated single letters": "aa bb ",
    "near-matches": "dic nigge motherfuc",
    "false keys": "niger as con ",
    "innocent phrases": "moby dick ",
    "innocent words": "scunthorpe",
    "CJK": "\u4e2d\u6587",
    "leet that is none": "a55x ",
    "stars": "f*",
}


def run() -> list[tuple[str, float, str]]:
    """Measure; give name, figure and unit."""
    policy = WordPolicy()
    rows = [("build the policy", milliseconds(WordPolicy), "ms")]
    for name, text in (("plain", PLAIN[:300]), ("mixed", MIXED[:300])):
        seconds = min(timeit.repeat(partial(policy.judge_text, text), number=CALLS, repeat=REPEATS)) / CALLS
        rows.append((f"300 bytes, {name}", seconds * 1e6, "us"))
    for name, piece in WORST.items():
        rows.append((f"64 KiB, {name}", judge_milliseconds(policy, fill(piece)), "ms"))
    for name, text in numbered().items():
        rows.append((f"64 KiB, {name}", judge_milliseconds(policy, text), "ms"))
    words = [f"{first}{last}" for first in ("mother", "father", "sister") for last in ("ly", "less", "hood")]
    automaton = Automaton.of(words)
    rows.append(("64 KiB, the automaton alone", milliseconds(lambda: automaton.words_in(fill("motherhoo"))), "ms"))
    return rows


def fill(piece: str) -> str:
    """Repeat *piece* up to 64 KiB of UTF-8."""
    return piece * (BYTES_MAX // len(piece.encode()))


def numbered() -> dict[str, str]:
    """Texts in which no two words are the same, so that nothing is judged once for all."""
    counts = range(11_000)
    escapes = "".join(f"\\u{97 + count % 26:04x}x" for count in counts)
    return {
        "words with numbers": " ".join(f"x{count}y" for count in counts)[:BYTES_MAX],
        "false keys with numbers": " ".join(f"niger{count}" for count in counts)[:BYTES_MAX],
        "words with numbers and another script": "\u4e2d" + " ".join(f"x{count}y" for count in counts)[: BYTES_MAX - 3],
        "escapes": f'["{escapes}'[:BYTES_MAX],
        "false keys beside an innocent phrase": " ".join(["moby dick", *(f"niger{count}" for count in counts)])[
            :BYTES_MAX
        ],
    }


def judge_milliseconds(policy: WordPolicy, text: str) -> float:
    """Time one verdict on *text*."""
    return milliseconds(lambda: policy.judge_text(text))


def milliseconds(call: Callable[[], object]) -> float:
    """Time one *call*: the best of some."""
    return min(timeit.repeat(call, number=1, repeat=REPEATS)) * 1e3


if __name__ == "__main__":
    for name, figure, unit in run():
        print(f"{name:45} {figure:10.1f} {unit}")
