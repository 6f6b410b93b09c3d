"""The options by which a node shows its rooms."""

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from peerset.cli.exits import ExitCode
from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey, npub
from peerset.core.record import event_of, sign_record
from tests.patience import PATIENT_SECONDS

pytestmark = [
    pytest.mark.real_time,
    pytest.mark.skipif(sys.platform == "win32", reason="there are no sockets in folders"),
]
SECRET = SecretKey(bytes(31) + b"\7")
KEY = npub(SECRET.public_key)
NOWHERE = "ws://127.0.0.1:9"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--face-host", "0.0.0.0"], "name a token, or keys that may"),
        (["--face-host", "0.0.0.0", "--face-key", KEY], "name the URL"),
        (["--face-key", "npub1"], "npub1"),
        (["--face-token", "empty"], "empty has no token in it"),
        (["--face-origin", "app.example"], "an origin is written"),
        (["--face-room", ""], "empty"),
    ],
)
def test_who_would_come_in_is_said_before_anybody_does(home: Path, shell: Any, arguments: list[str], says: str) -> None:
    (home / "empty").touch()
    ended = shell("node", "--data", "n", "--seconds", "0", "--nostr-port", "0", *arguments)
    assert ended.code == ExitCode.USAGE
    assert says in ended.err


def test_what_is_written_over_http_a_client_of_nostr_reads(start: Any) -> None:
    node = start(
        "node", "--data", "n", "--room", "lobby", "--nostr-port", "0", "--http-port", "0", "--signaling", NOWHERE
    )
    relay, described = (node.stderr.readline().split()[-1] for _ in range(2))
    place = described.replace("openapi.json", "rooms/peerset/lobby")

    async def write_and_read() -> None:
        async with ClientSession() as session:
            # It opens its rooms meanwhile.
            while (answer := await session.get(place)).status == 503:  # noqa: ASYNC110 - what is waited for tells nobody
                # Who asks without a pause is soon told to wait.
                await asyncio.sleep(0.1)
            tags = [["h", (await answer.json())["tag"]]]
            record = sign_record(SECRET, created_at=UnixTime(int(time.time())), kind=1, tags=tags, content="hello")
            posted = await session.post(f"{place}/records", json={"records": [event_of(record)]})
            assert (await posted.json())["fates"][0]["outcome"] == "taken"
            async with session.ws_connect(relay) as socket:
                await socket.send_json(["REQ", "all", {}])
                assert await socket.receive_json() == ["EVENT", "all", event_of(record)]

    asyncio.run(asyncio.wait_for(write_and_read(), PATIENT_SECONDS))


def test_it_says_where_its_rooms_are_over_http(shell: Any) -> None:
    ended = shell("node", "--data", "n", "--seconds", "0", "--http-port", "0")
    assert ended.code == 0
    assert ended.err.startswith("HTTP at http://127.0.0.1:")
    refused = shell("node", "--data", "n", "--seconds", "0", "--http-port", "0", "--face-key", KEY)
    assert (refused.code, "nobody proves a key over HTTP" in refused.err) == (ExitCode.USAGE, True)


def test_it_says_where_the_relay_is(home: Path, shell: Any) -> None:
    (home / "token").write_text("only for those who know\n", "utf-8")
    options = [
        "--face-token",
        "token",
        "--face-key",
        "any",
        "--face-origin",
        "https://app.example",
        "--face-room",
        "lobby",
    ]
    ended = shell("node", "--data", "n", "--seconds", "0", "--nostr-port", "0", *options)
    assert ended.code == 0
    assert ended.err.startswith("a Nostr relay at ws://127.0.0.1:")
