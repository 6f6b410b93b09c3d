"""The acceptance suite of moderation policies: what every `Policy` and `SetRule` must do.

::

    async def test_my_policy_keeps_the_contract() -> None:
        await check_policy(make_policy)

*make_policy* is a function or class at the top of an importable module, called without arguments; or a spec like
``"words"``.
"""

import asyncio
import json
import os
import random
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final, cast

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import Record, decode_record, sign_record
from peerset.core.signal import RoomName
from peerset.core.verdict import Accept, PolicyClass, Reject, Seat, Verdict, seat_of
from peerset.moderation.panel import is_answer
from peerset.moderation.rulebook import check_shape
from peerset.plugins import open_policy
from peerset.ports import Policy, SenderPolicy, SetRule

Make = Callable[[], Policy | SetRule] | str

TEXTS: Final = (
    "",
    "hello, world",
    "HELLO",
    '{"text": "structured", "lat": 47.4, "lon": 8.5}',
    "see https://example.org/path?q=1 or example.com",
    "ünïcödé \u202eesrever\u202c \u200bzero width",
    "a" * 4_000,
    "a\n" * 2_000,
    "(" * 3_000,
    "x" * 60_000,
    "🏔" * 15_000,
)
TIME: Final = UnixTime(1_790_000_000)


def sample_records() -> list[Record]:
    """Give signed records of three authors: short, long, structured, hostile, deleted and keyed ones."""
    rng = random.Random(11)
    keys = [SecretKey.generate(rng) for _ in range(3)]
    room = ("h", RoomName("peerset", "lobby").tag.hex())
    return [
        sign_record(
            keys[number % 3],
            created_at=UnixTime(TIME + number // 2),
            kind=(1078, 30078, 1)[number % 3],
            tags=[room, ("c", f"collection {number % 2}"), ("d", str(number % 4)), ("r", "https://example.org")],
            content=text,
        )
        for number, text in enumerate([*TEXTS, *TEXTS])
    ]


async def check_policy(make: Make) -> None:
    """Put a policy through every promise of its class.

    Raises:
        AssertionError: a promise is broken; the message names it.

    """
    policy, again = make_policy(make), make_policy(make)
    try:
        await _check(policy, again, make)
    finally:
        for made in (policy, again):
            close = getattr(made, "close", None)
            if close is not None:
                close()


def make_policy(make: Make) -> Policy | SetRule:
    """Make a policy from a spec or a function."""
    return open_policy(make) if isinstance(make, str) else make()


async def _check(policy: Policy | SetRule, again: Policy | SetRule, make: Make) -> None:
    check_shape(policy)
    assert policy.name == policy.manifest.name, "the manifest bears another name than the policy"
    assert policy.manifest == again.manifest, "two policies made alike have different manifests"
    records = sample_records()
    if policy.policy_class is PolicyClass.SET_RULE:
        _check_set_rule(cast("SetRule", policy), records)
        return
    judge = cast("Policy", policy)
    verdicts = _judge(judge, records)
    _check_verdicts(judge, records, verdicts)
    assert list(_judge(judge, [])) == [], "no records give verdicts"
    if hasattr(judge, "judge_from"):
        assert policy.policy_class is PolicyClass.VIEW, "only a view may ask who brought a record"
        _check_verdicts(judge, records, cast("SenderPolicy", judge).judge_from(records, [None] * len(records)))
    if policy.policy_class is PolicyClass.ADMISSION:
        _check_purity(judge, cast("Policy", again), records, verdicts)
        await _check_other_process(make, records, verdicts)


def _judge(policy: Policy, records: Sequence[Record]) -> Sequence[Verdict]:
    try:
        return policy.judge(records)
    except Exception as error:
        raise AssertionError(f"judge raised {type(error).__name__}: {error}") from error


def _check_verdicts(policy: Policy, records: Sequence[Record], verdicts: Sequence[Verdict]) -> None:
    assert is_answer(verdicts, len(records)), "judge must give one Accept or Reject a record, in order"
    for record, verdict in zip(records, verdicts, strict=True):
        if isinstance(verdict, Accept):
            continue
        assert verdict.policy == policy.name, "a refusal names another policy"
        assert verdict.reason.strip(), "a refusal has no reason"
        if verdict.span is not None:
            start, end = verdict.span
            assert 0 <= start <= end <= len(record.content), f"the span {verdict.span} lies outside the content"


def _check_purity(policy: Policy, again: Policy, records: Sequence[Record], verdicts: Sequence[Verdict]) -> None:
    first = list(verdicts)
    assert list(_judge(policy, records)) == first, "asked twice, the policy gives other verdicts"
    assert list(_judge(policy, records[::-1]))[::-1] == first, "in another order, the policy gives other verdicts"
    singly = [_judge(policy, [record])[0] for record in records]
    assert singly == first, "asked one by one, the policy gives other verdicts"
    assert list(_judge(again, records)) == first, "another policy made alike gives other verdicts"


async def _check_other_process(make: Make, records: Sequence[Record], verdicts: Sequence[Verdict]) -> None:
    reference = (
        ("spec", make) if isinstance(make, str) else ("make", f"{make.__module__}:{make.__qualname__}", _root_of(make))
    )
    folders = os.pathsep.join(path for path in sys.path if path)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "peerset.testing.check_policy", *reference),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": folders},
    )
    wires = "\n".join(record.wire.hex() for record in records)
    output, _ = await asyncio.wait_for(process.communicate(wires.encode()), timeout=60)
    assert process.returncode == 0, f"in another process, the policy {reference[1]} cannot be made, or breaks"
    expected = [_plain(verdict) for verdict in verdicts]
    assert json.loads(output) == expected, "in another process, the policy gives other verdicts"


def _check_set_rule(rule: SetRule, records: Sequence[Record]) -> None:
    groups: dict[tuple[str, ...], list[Seat]] = {}
    for record in records:
        name = rule.group(record)
        assert _is_group(name), "group must give a tuple of texts, or None"
        assert rule.group(record) == name, "asked twice, the rule names another group"
        if name is not None:
            groups.setdefault(name, []).append(seat_of(record))
    rng = random.Random(3)
    for seats in groups.values():
        kept = rule.keep(seats)
        assert kept <= {seat.id for seat in seats}, "keep gave what is not in the group"
        assert kept, "keep hid a whole group"
        for _ in range(3):
            assert rule.keep(rng.sample(seats, len(seats))) == kept, "in another order, the rule keeps others"
    assert rule.reason.strip(), "the rule gives no reason"


def _is_group(name: object) -> bool:
    return name is None or (isinstance(name, tuple) and all(isinstance(part, str) for part in name))


def _plain(verdict: Verdict) -> list[object]:
    if isinstance(verdict, Reject):
        return [verdict.policy, verdict.reason, verdict.rule, list(verdict.span) if verdict.span else None]
    return []


def _root_of(make: Callable[[], Policy | SetRule]) -> str:
    """Give the folder from which the module of *make* is imported."""
    module = sys.modules[make.__module__]
    return str(Path(module.__file__ or "").resolve().parents[module.__name__.count(".")])


def _main(kind: str, reference: str, root: str = "") -> None:
    """Judge the records whose wire forms stand on standard input, in hex, and print the verdicts as JSON."""
    # Last, so that it hides nothing that is installed.
    sys.path.append(root)
    if kind == "spec":
        policy = open_policy(reference)
    else:
        module, _, name = reference.partition(":")
        policy = getattr(import_module(module), name)()
    records = [decode_record(bytes.fromhex(line)) for line in sys.stdin.read().split()]
    print(json.dumps([_plain(verdict) for verdict in cast("Policy", policy).judge(records)]))  # noqa: T201 - its output


if __name__ == "__main__":
    _main(*sys.argv[1:])
