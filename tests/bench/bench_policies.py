"""What the shipped policies cost: ``python -m tests.bench policies``."""

import random
import time
import timeit
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from string import ascii_lowercase
from typing import Final

from peerset import Policy, Record, SecretKey
from peerset.core.clock import UnixTime
from peerset.core.record import sign_record
from peerset_moderation.age import AgePolicy
from peerset_moderation.authors import AuthorPolicy
from peerset_moderation.duplicates import DuplicateRule
from peerset_moderation.geo import GeoPolicy
from peerset_moderation.kinds import KindPolicy
from peerset_moderation.links import LinkPolicy
from peerset_moderation.quota import QuotaRule
from peerset_moderation.rate import RatePolicy
from peerset_moderation.schema import SchemaPolicy
from peerset_moderation.simhash import NearDuplicatePolicy
from peerset_moderation.words import WordPolicy
from peerset_moderation.work import WorkPolicy

Row = tuple[str, float, str]

KEY: Final = SecretKey(bytes([1]) * 32)
START: Final = UnixTime(1_790_000_000)
BATCH: Final = 200
REPEATS: Final = 5
TEXT: Final = (
    "We meet on Thursday at 7.30 p.m. in the library, next to the old market hall. Bring tea, a chair (if you have "
    "one) and something to read to the others; newcomers are welcome, e.g. with a poem."
)
CONTENT: Final = (
    f'{{"title": "Evening no. {{number}}", "text": "{TEXT}", "latitude": 52.52, "longitude": 13.4, "url": ""}}'
)
TAGS: Final = (("h", "00112233445566778899aabbccddeeff"), ("c", "notes"), ("g", "u33dc0"), ("nonce", "7", "1"))
SCHEMA: Final = {
    "collection": "notes",
    "text": ["title", "text"],
    "bytes": 4_000,
    "schema": {"type": "object", "properties": {"title": {"type": "string", "maxLength": 100}}},
}
RECORD_BYTES: Final = 65_000
HOSTILE_UNITS: Final = (
    *("a", "a.", "x.is ", "aa.is ", "/a-a.is ", "A.IS ", ".is", "a [.] ", "://", "www", "http: ", "hxxp", "1.1.1.1 "),
    *("é.", "é.is ", "\u3002", "\u0300", "a\u0327\u0301", "\u200b", "\ufdfa", "\U0001d41a", "\U000e0041"),
    *("[", '["', "[1],", '{"a":', "\\u002e", "\\", '"', "\n", "-", "s h i ", "4$$", "aA", "f.u.", "ab "),
)

HOSTILE_MIXTURES: Final = (
    *(ascii_lowercase, f"{ascii_lowercase}  ", f"{ascii_lowercase}1 ", "il1|! ", "ab1 ", "ab4-.( ", "aeiou0134$@.- "),
    *("é1a ", "жщю1 ", "0123456789abcdef-"),
)
"""Drawn at random from these, texts have as many different words as there can be."""


def admission() -> dict[str, Policy]:
    """Every shipped policy that decides admission, set so that it has to look at the whole record and passes it."""
    return {
        "words": WordPolicy(),
        "links": LinkPolicy(allow=["zoom.us", "youtube.com"]),
        "schema": SchemaPolicy([SCHEMA]),
        "age": AgePolicy(earliest=1, latest=2**40),
        "geo": GeoPolicy((Decimal(52), Decimal(13), Decimal(53), Decimal(14))),
        "kinds": KindPolicy(allow=[range(1_078, 1_079)]),
        "authors": AuthorPolicy(allow=[KEY.public_key]),
        "work": WorkPolicy(bits=1),
    }


def run() -> list[Row]:
    """Measure each admission policy and all together by the record, the others too, then hostile records."""
    records = [sign(CONTENT.replace("{number}", str(number))) for number in range(BATCH * 2)]
    records = [record for record in records if record.id[0] < 128][:BATCH]
    policies = admission()
    passed = [
        (name, len(records) == sum("Accept" in repr(v) for v in each.judge(records))) for name, each in policies.items()
    ]
    assert all(is_passed for _, is_passed in passed), passed
    costs = {name: per_record(partial(each.judge, records), records) for name, each in policies.items()}
    content_bytes = sum(len(record.content) for record in records) / len(records)
    return [
        ("content of a record", content_bytes, "bytes"),
        *((f"{name}, a record", cost, "us") for name, cost in costs.items()),
        ("all admission policies, a record (goal 200)", judge_all(policies, records), "us"),
        *others(records),
        *hostile(policies),
    ]


def judge_all(policies: dict[str, Policy], records: Sequence[Record]) -> float:
    return per_record(lambda: [policy.judge(records) for policy in policies.values()], records)


def others(records: Sequence[Record]) -> Iterator[Row]:
    """Measure set rules and views."""
    quota, duplicates, rate = QuotaRule(), DuplicateRule(), RatePolicy()
    near = NearDuplicatePolicy()
    yield "quota: group, a record", per_record(lambda: [quota.group(record) for record in records], records), "us"
    yield (
        "duplicates: group, a record",
        per_record(lambda: [duplicates.group(record) for record in records], records),
        "us",
    )
    yield "rate, a record", per_record(lambda: rate.judge(records), records), "us"
    yield "near-duplicates, a record", per_record(lambda: near.judge(records), records), "us"


def hostile(policies: dict[str, Policy]) -> Iterator[Row]:
    """Measure the worst that a record of 64 KiB can cost each policy."""
    contents = [unit * (RECORD_BYTES // len(unit.encode())) for unit in HOSTILE_UNITS]
    contents += [f"[{content.rstrip(',')}]" for content in contents if content[0] in '["']
    rng = random.Random(1)
    contents += ["".join(rng.choices(signs, k=RECORD_BYTES)) for signs in HOSTILE_MIXTURES]
    records = [sign(content.encode()[:RECORD_BYTES].decode(errors="ignore")) for content in contents]
    asked: dict[str, Callable[[Record], object]] = {
        name: partial(judge_one, policy) for name, policy in policies.items()
    }
    near, duplicates = NearDuplicatePolicy(), DuplicateRule()
    asked["near-duplicates"] = lambda record: near.judge([record])
    asked["duplicates"] = duplicates.group
    for name, ask in asked.items():
        worst = max(records, key=lambda record: milliseconds(ask, record))
        yield f"{name}, 64 KiB of {worst.content[:8]!r} (goal 20)", milliseconds(ask, worst), "ms"


def judge_one(policy: Policy, record: Record) -> object:
    return policy.judge([record])


def milliseconds(ask: Callable[[Record], object], record: Record) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        ask(record)
        best = min(best, time.perf_counter() - start)
    return best * 1e3


def per_record(step: Callable[[], object], records: Sequence[Record]) -> float:
    return min(timeit.repeat(step, number=1, repeat=REPEATS)) / len(records) * 1e6


def sign(content: str) -> Record:
    return sign_record(KEY, created_at=START, kind=1_078, tags=TAGS, content=content)


if __name__ == "__main__":
    for label, figure, unit in run():
        print(f"{label:50} {figure:10.2f} {unit}")
