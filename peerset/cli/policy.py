"""``peerset policy list``, ``check`` and ``dry-run``: which policies there are, and whether they keep their word."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from peerset.cli.exits import ExitCode
from peerset.cli.lines import BadLine, read_lines
from peerset.cli.narrow import NarrowTable, Row
from peerset.cli.options import JsonOption, PolicyOptions
from peerset.cli.output import printable, remark, write
from peerset.core.record import Record
from peerset.errors import ConfigError
from peerset.moderation.rulebook import open_policies
from peerset.moderation.trial import Outcome, try_policies
from peerset.plugins import POLICIES, installed, open_policy
from peerset.ports import Policy, SetRule
from peerset.testing.check_policy import check_policy

SpecsArgument = Annotated[list[str], typer.Argument(metavar="SPEC...", help="Policies, such as links:allow=zoom.us.")]
DROPPED_FIRST = ("us a record", "class", "of", "why")
"""What a narrow terminal goes without, one by one."""
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="Records as JSON lines, as `export` writes them.")]


def list_(*, json: JsonOption = False) -> None:
    """Show the installed policies."""
    for name in installed(POLICIES):
        write({"policy": name}, line=name, as_json=json)


def check(specs: SpecsArgument, *, json: JsonOption = False) -> None:
    """Check that policies keep the promises of their class; the exit code is 1 when one does not."""
    broken = [spec for spec in specs if not _check_one(spec, as_json=json)]
    if broken:
        raise typer.Exit(ExitCode.FAILED)


def dry_run(file: FileArgument, *, options: PolicyOptions, json: JsonOption = False) -> None:
    """Say what policies would refuse, shadow or hide of a file's records, and how long they take."""
    if not options.policies:
        raise ConfigError("name the policies to ask, by --policy")
    rulebook = open_policies(options.policies)
    records = read_file(file)
    outcomes = try_policies(rulebook, records)
    if json:
        for outcome in outcomes:
            write(_row_of(outcome, len(records)), line="", as_json=True)
        return
    _table_of(outcomes, len(records)).print()


def _check_one(spec: str, *, as_json: bool) -> bool:
    policy = open_policy(spec)
    try:
        asyncio.run(check_policy(spec))
    except AssertionError as error:
        complaint = str(error)
    else:
        complaint = ""
    row = {**identity(policy), "ok": not complaint, "complaint": complaint}
    line = f"{spec}: {policy.policy_class.value}, {complaint or 'keeps its word'}"
    write(row, line=printable(line), as_json=as_json)
    return not complaint


def identity(policy: Policy | SetRule) -> dict[str, object]:
    """Give what a policy is, for one row of JSON."""
    return {
        "policy": policy.name,
        "class": policy.policy_class.value,
        "version": policy.manifest.version,
        "parameters": policy.manifest.parameters,
        "manifest": policy.manifest.id.hex(),
    }


def _row_of(outcome: Outcome, count: int) -> dict[str, object]:
    return {
        **identity(outcome.policy),
        "records": count,
        "refused": len(outcome.refusals),
        "microseconds": round(outcome.seconds / max(count, 1) * 1e6, 1),
        "rules": _count_rules(outcome),
    }


def _count_rules(outcome: Outcome) -> dict[str, int]:
    rules = [reject.rule or reject.reason for reject in outcome.refusals.values()]
    return {rule: rules.count(rule) for rule in sorted(set(rules))}


def _table_of(outcomes: list[Outcome], count: int) -> NarrowTable:
    rows = []
    for outcome in outcomes:
        why = ", ".join(f"{printable(rule)} {number}" for rule, number in _count_rules(outcome).items())
        pace = f"{outcome.seconds / max(count, 1) * 1e6:.1f}"
        kind = outcome.policy.policy_class.value
        rows.append(Row((outcome.policy.name, kind, str(len(outcome.refusals)), str(count), pace, why)))
    return NarrowTable(("policy", "class", "refused", "of", "us a record", "why"), rows, DROPPED_FIRST)


def read_file(file: Path) -> list[Record]:
    """Read the records of *file*; a line that is none is told to the user.

    Raises:
        ConfigError: the file cannot be read.

    """
    try:
        with file.open("rb") as source:
            lines = list(read_lines(source, str(file)))
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from error
    bad = [line for line in lines if isinstance(line, BadLine)]
    for line in bad:
        remark(f"line {line.number}: {printable(line.reason)}")
    return [line.record for line in lines if not isinstance(line, BadLine)]
