"""``peerset policy explain``: why a record is refused, shadowed or hidden, in a stored room or an exported file."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from peerset.cli.exits import NotFoundError
from peerset.cli.options import JsonOption, PolicyOptions, StoreOptions
from peerset.cli.output import printable, write
from peerset.cli.policy import identity, read_file
from peerset.cli.rows import short_id
from peerset.cli.running import run
from peerset.core.receipt import Fate
from peerset.core.record import Record, RecordId
from peerset.core.verdict import PolicyClass, Reject
from peerset.errors import ConfigError
from peerset.moderation.explanation import Explanation, masked
from peerset.moderation.rulebook import open_policies
from peerset.moderation.trial import try_policies
from peerset.plugins import open_store
from peerset.ports import Policy, SetRule

FATES = {
    PolicyClass.ADMISSION: Fate.REFUSED,
    PolicyClass.SET_RULE: Fate.SHADOWED,
    PolicyClass.VIEW: Fate.HIDDEN,
}


@dataclass(frozen=True, kw_only=True)
class JudgingOptions(StoreOptions, PolicyOptions):
    """Which policies, and which stored room they are asked about."""

    room: Annotated[
        str, typer.Option(metavar="ROOM", help="A room that is stored on this machine.", show_default=False)
    ] = ""


def explain(
    record_id: Annotated[str, typer.Argument(metavar="ID", help="A record's id, or its beginning, in hex.")],
    *,
    options: JudgingOptions,
    file: Annotated[
        Path | None,
        typer.Option("--file", metavar="FILE", help="Records as JSON lines, in place of a room.", show_default=False),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Say why a record is refused, shadowed or hidden: by which policy, rule and manifest, and where in the text."""
    if (file is None) == (not options.room):
        raise ConfigError("name either a stored room, by --room, or a file of records, by --file")
    if file is None:
        run(_explain_in_room(record_id, options=options, as_json=json))
    else:
        _explain_in_file(record_id, file, policies=options.policies, as_json=json)


def _explain_in_file(beginning: str, file: Path, *, policies: list[str], as_json: bool) -> None:
    if not policies:
        raise ConfigError("name the policies to ask, by --policy")
    records = read_file(file)
    wanted = _choose(beginning, (record.id for record in records))
    place = next(place for place, record in enumerate(records) if record.id == wanted)
    for outcome in try_policies(open_policies(policies), records):
        _write_opinion(outcome.policy, records[place], outcome.refusals.get(place), as_json=as_json)


async def _explain_in_room(beginning: str, *, options: JudgingOptions, as_json: bool) -> None:
    room = options.room
    store = options.existing_store_of(room)
    members = await _members_of(store)
    async with options.offline(room, store=store, policies=options.policies) as opened:
        record_id = _choose(beginning, [*members, *(refusal.record.id for refusal in opened.moderation.refusals())])
        await opened.moderation.judged()
        explanation = await opened.moderation.explain(record_id)
    if explanation is None:
        row = {"id": record_id.hex(), "accepted": True}
        write(row, line=f"record {short_id(record_id)} is shown: nothing is against it", as_json=as_json)
        return
    _write_explanation(explanation, as_json=as_json)


async def _members_of(spec: str) -> list[RecordId]:
    store = await open_store(spec)
    try:
        return [RecordId(record_id) for _, record_id in await store.entries()]
    finally:
        await store.aclose()


def _choose(beginning: str, ids: Iterable[RecordId]) -> RecordId:
    found = {record_id for record_id in ids if record_id.hex().startswith(beginning.lower())}
    if len(found) != 1:
        raise NotFoundError(f"{len(found)} records here have an id that begins with {beginning!r}")
    return found.pop()


def _write_opinion(policy: Policy | SetRule, record: Record, reject: Reject | None, *, as_json: bool) -> None:
    row: dict[str, object] = {**identity(policy), "id": record.id.hex(), "accepted": reject is None}
    if reject is None:
        write(row, line=f"{policy.name} ({policy.policy_class.value}): nothing against it", as_json=as_json)
        return
    kind, where = policy.policy_class, masked(record.content, reject.span) if reject.span else ""
    explanation = Explanation(
        record.id, FATES[kind], policy.name, kind, policy.manifest.id, reject.reason, reject.rule, where
    )
    row |= {"span": reject.span, **_row_of(explanation)}
    write(row, line=_line_of(explanation), as_json=as_json)


def _write_explanation(explanation: Explanation, *, as_json: bool) -> None:
    row: dict[str, object] = {
        "id": explanation.id.hex(),
        "accepted": False,
        "policy": explanation.policy,
        "class": explanation.policy_class.value,
        "manifest": explanation.manifest.hex(),
        **_row_of(explanation),
    }
    write(row, line=_line_of(explanation), as_json=as_json)


def _row_of(explanation: Explanation) -> dict[str, object]:
    return {
        "fate": explanation.fate.value,
        "reason": explanation.reason,
        "rule": explanation.rule,
        "masked": explanation.masked,
    }


def _line_of(explanation: Explanation) -> str:
    rule = f", rule {explanation.rule}" if explanation.rule else ""
    by = f"{explanation.fate.value} by {explanation.policy} ({explanation.policy_class.value}{rule})"
    where = f": {explanation.masked}" if explanation.masked else ""
    manifest = f"  manifest {explanation.manifest.hex()}" if explanation.manifest else ""
    return f"{printable(f'{by}: {explanation.reason}{where}')}{manifest}"
