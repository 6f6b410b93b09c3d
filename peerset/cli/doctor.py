"""``peerset doctor``: why a room may not work here, and what to do."""

import logging
import random
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from peerset.cli.exits import ExitCode
from peerset.cli.loading import load
from peerset.cli.meeting import MeetingOptions
from peerset.cli.options import JsonOption, data_folder
from peerset.cli.output import printable, write
from peerset.cli.running import run_online
from peerset.doctor.finding import Finding, Health
from peerset.errors import ConfigError

SIGNS = {Health.WELL: "ok     ", Health.WEAK: "warning", Health.ILL: "failed "}


def doctor(
    *,
    options: MeetingOptions,
    local: Annotated[bool, typer.Option("--local", help="Examine this machine only, without the network.")] = False,
    node: Annotated[
        bool, typer.Option("--node", help="Examine a node as well: its folder, its limits, and whether it answers.")
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", metavar="DIR", help="The node's folder (default: the data directory).", show_default=False
        ),
    ] = None,
    port: Annotated[
        list[int] | None,
        typer.Option(
            min=1, max=65_535, metavar="N", help="A port that the node is to listen on; repeatable.", show_default=False
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Examine disk, keys, two local peers, signaling and STUN servers; say what is wrong and what to do.

    Ends with 0 when rooms can work here, even if there were warnings, and with 1 when they cannot.
    """
    if not node and (data is not None or port):
        raise ConfigError("--data and --port say of which node: name --node, too")
    _leave_it_to_findings()
    run_online(_examine(options, is_local=local, of_node=_node(data, port) if node else None, as_json=json))


def _node(folder: Path | None, ports: list[int] | None) -> AsyncIterator[Finding]:
    found: AsyncIterator[Finding] = load("peerset.cli.examining:examine_node")(folder or data_folder(), ports or [])
    return found


def _leave_it_to_findings() -> None:
    """Keep warnings off the screen that a finding says better, with its advice; -v shows them still."""
    log = logging.getLogger("peerset")
    if log.level == logging.WARNING:
        log.setLevel(logging.ERROR)


async def _examine(
    options: MeetingOptions, *, is_local: bool, of_node: AsyncIterator[Finding] | None, as_json: bool
) -> None:
    is_ill = False
    examine = load("peerset.doctor.examination:examine")
    servers = options.ice_servers
    rng = random.SystemRandom()
    general = examine(options.specs, servers, is_local=is_local, rng=rng, plain_channels=options.plain_channels)
    for part in filter(None, [of_node, general]):
        async for finding in part:
            row = asdict(finding) | {"health": finding.health.value}
            write(row, line=finding_line(finding), as_json=as_json)
            is_ill = is_ill or finding.health is Health.ILL
    if is_ill:
        raise typer.Exit(ExitCode.FAILED)


def finding_line(finding: Finding) -> str:
    """Say *finding* for people, with the advice on a line of its own."""
    advice = f"\n         -> {finding.advice}" if finding.advice else ""
    return f"{SIGNS[finding.health]}  {finding.name}: {printable(finding.detail)}{advice}"
