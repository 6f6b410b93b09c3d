"""``peerset policy replay``: run receipts again, and say which are true."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from peerset.cli.exits import ExitCode
from peerset.cli.explain import JudgingOptions
from peerset.cli.options import JsonOption
from peerset.cli.output import printable, remark, write
from peerset.cli.policy import read_file
from peerset.cli.rows import short_id
from peerset.cli.running import run
from peerset.core.filter import Filter
from peerset.core.keys import npub
from peerset.core.record import Record
from peerset.errors import ConfigError, MalformedError
from peerset.moderation.refusals import REFUSALS, Refusals
from peerset.moderation.replaying import Replay, Truth, receipts_among
from peerset.moderation.replaying import replay as run_again
from peerset.plugins import open_store


def replay(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="Receipts and records as JSON lines.", show_default=False),
    ] = None,
    *,
    options: JudgingOptions,
    json: JsonOption = False,
) -> None:
    """Run receipts again: true, false, or beyond what is at hand; the exit code is 1 when one is false."""
    if file is None and not options.room:
        raise ConfigError("name a file of receipts and records, or a stored room by --room, or both")
    given = [] if file is None else read_file(file)
    found = run(_replay(given, options=options))
    for each in found:
        write(_row_of(each), line=_line_of(each), as_json=json)
    if any(each.truth is Truth.FALSE for each in found):
        raise typer.Exit(ExitCode.FAILED)


async def _replay(given: list[Record], *, options: JudgingOptions) -> list[Replay]:
    stored, refused = await _stored(options) if options.room else ([], [])
    records = [*given, *stored]
    _tell_of_bad(records)
    found = await run_again(records, policies=options.policies, refused=refused)
    if not found:
        remark("there are no receipts")
    return found


async def _stored(options: JudgingOptions) -> tuple[list[Record], list[Record]]:
    """Give the members of the stored room, and the latest that were refused."""
    store = await open_store(options.existing_store_of(options.room))
    try:
        await store.bind(options.name(options.room).tag)
        refusals = Refusals(store, saved=await store.notes(REFUSALS))
        return await store.query(Filter()), [refusal.record for refusal in refusals.latest()]
    finally:
        await store.aclose()


def _tell_of_bad(records: Iterable[Record]) -> None:
    for record, said in receipts_among(records):
        if isinstance(said, MalformedError):
            remark(f"record {short_id(record.id)} is no receipt: {printable(str(said))}")


def _row_of(replayed: Replay) -> dict[str, object]:
    receipt, signer = replayed.receipt, replayed.record.author
    return {
        "receipt": replayed.record.id.hex(),
        "signer": signer.hex(),
        "npub": npub(signer),
        "record": receipt.record_id.hex(),
        "policy": receipt.policy,
        "manifest": receipt.manifest.hex(),
        "verdict": receipt.fate.value,
        "rule": receipt.rule,
        "truth": replayed.truth.value,
        "why": replayed.why,
    }


def _line_of(replayed: Replay) -> str:
    receipt = replayed.receipt
    rule = f", rule {receipt.rule}" if receipt.rule else ""
    said = f"{short_id(receipt.record_id)} {receipt.fate.value} by {receipt.policy}{rule}"
    return printable(f"{replayed.truth.value}: {said}, says {npub(replayed.record.author)}: {replayed.why}")
