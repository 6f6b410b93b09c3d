"""The description of the HTTP face, and requests that are made of it, good and bad ones."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any, Final

import hypothesis
import pytest
import schemathesis

from peerset.faces.gate import Gate
from peerset.faces.limits import FaceLimits
from peerset.faces.openapi import describe
from peerset.faces.routes import ROUTES
from tests.faces.conftest import TOKEN, joined, written
from tests.faces.test_http import asking

pytestmark = pytest.mark.real_time
EXAMPLES: Final = 8
"""Of each operation, good and bad ones."""
SCHEMA: Final = schemathesis.openapi.from_dict(describe(ROUTES, url="http://127.0.0.1", wants_token=True))
ENDLESS: Final = "live"


@pytest.fixture(scope="module")
def place() -> Iterator[str]:
    """Show a room over HTTP, on a loop of its own; give the address."""
    found, loop, end = list[str](), asyncio.new_event_loop(), asyncio.Event()
    is_open = threading.Event()

    async def serve() -> None:
        async with AsyncExitStack() as stack:
            room = await stack.enter_async_context(joined())
            await room.add(written(room, f"{number}", at=-number) for number in range(5))
            many = FaceLimits(requests_per_second=1e6, requests_burst=1_000_000)
            client = await stack.enter_async_context(asking(room, gate=Gate(token=TOKEN), limits=many))
            found.append(client.place)
            is_open.set()
            await end.wait()

    serving = threading.Thread(target=lambda: loop.run_until_complete(serve()), name="serving")
    serving.start()
    assert is_open.wait(60)
    yield found[0]
    loop.call_soon_threadsafe(end.set)
    serving.join()
    loop.close()


def test_it_describes_every_route_and_the_token_where_one_is_wanted() -> None:
    said = describe(ROUTES, url="http://127.0.0.1", wants_token=True)
    assert said["openapi"] == "3.1.0"
    assert {operation["operationId"] for path in said["paths"].values() for operation in path.values()} == {
        route.name for route in ROUTES
    }
    assert said["security"] == [{"token": []}]
    assert "security" not in describe(ROUTES, url="http://127.0.0.1", wants_token=False)


@pytest.mark.parametrize("name", [route.name for route in ROUTES if route.name != ENDLESS])
def test_whatever_is_asked_is_answered_as_described(name: str, place: str) -> None:
    operation: Any = SCHEMA.find_operation_by_id(name)
    good, bad = (operation.as_strategy(generation_mode=mode) for mode in schemathesis.GenerationMode)
    # What has no parameters can be asked in no bad way.
    cases = good.map(known) | (bad if operation.definition.raw.get("parameters") else good)

    @hypothesis.settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(case=cases)
    def ask(case: Any) -> None:
        response = case.call(base_url=place, headers={"Authorization": f"Bearer {TOKEN}"})
        # An address of more than 8,190 bytes no server of aiohttp reads.
        if "Got more than" not in response.text:
            case.validate_response(response)

    ask()


def known(case: Any) -> Any:
    """Ask of the room that is there; and how many words a text has no schema says."""
    case.path_parameters = {**(case.path_parameters or {}), "app": "test", "room": "lobby"}
    if "search" in (case.query or {}):
        case.query["search"] = "vegan"
    return case
