"""``peerset doctor``: why a room may not work here, and what to do."""

import logging
import random
from dataclasses import asdict
from typing import Annotated

import typer

from peerset.cli.exits import ExitCode
from peerset.cli.loading import load
from peerset.cli.meeting import MeetingOptions
from peerset.cli.options import JsonOption
from peerset.cli.output import printable, write
from peerset.cli.running import run_online
from peerset.doctor.finding import Finding, Health

SIGNS = {Health.WELL: "ok     ", Health.WEAK: "warning", Health.ILL: "failed "}


def doctor(
    *,
    options: MeetingOptions,
    local: Annotated[bool, typer.Option("--local", help="Examine this machine only, without the network.")] = False,
    json: JsonOption = False,
) -> None:
    """Examine disk, keys, two local peers, signaling and STUN servers; say what is wrong and what to do.

    Ends with 0 when rooms can work here, even if there were warnings, and with 1 when they cannot.
    """
    _leave_it_to_findings()
    run_online(_examine(options, is_local=local, as_json=json))


def _leave_it_to_findings() -> None:
    """Keep warnings off the screen that a finding says better, with its advice; -v shows them still."""
    log = logging.getLogger("peerset")
    if log.level == logging.WARNING:
        log.setLevel(logging.ERROR)


async def _examine(options: MeetingOptions, *, is_local: bool, as_json: bool) -> None:
    is_ill = False
    examine = load("peerset.doctor.examination:examine")
    servers = options.ice_servers
    rng = random.SystemRandom()
    async for finding in examine(
        options.specs, servers, is_local=is_local, rng=rng, plain_channels=options.plain_channels
    ):
        row = asdict(finding) | {"health": finding.health.value}
        write(row, line=finding_line(finding), as_json=as_json)
        is_ill = is_ill or finding.health is Health.ILL
    if is_ill:
        raise typer.Exit(ExitCode.FAILED)


def finding_line(finding: Finding) -> str:
    """Say *finding* for people, with the advice on a line of its own."""
    advice = f"\n         -> {finding.advice}" if finding.advice else ""
    return f"{SIGNS[finding.health]}  {finding.name}: {printable(finding.detail)}{advice}"
