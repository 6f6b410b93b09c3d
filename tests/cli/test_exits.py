"""Exit codes."""

import pytest

from peerset.cli.exits import ExitCode, NotFoundError, describe_exit_codes, exit_code_of
from peerset.errors import (
    AgeError,
    ConfigError,
    PeersetError,
    RoomClosedError,
    SignalingError,
    StoreError,
    TransportError,
    WireError,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotFoundError("no"), ExitCode.MISSING),
        (ConfigError("no"), ExitCode.USAGE),
        (StoreError("no"), ExitCode.STORE),
        (SignalingError("no"), ExitCode.NETWORK),
        (TransportError("no"), ExitCode.NETWORK),
        (AgeError("no"), ExitCode.REFUSED),
        (WireError("no"), ExitCode.FAILED),
        (RoomClosedError("no"), ExitCode.FAILED),
    ],
)
def test_each_kind_of_error_has_its_code(error: PeersetError, code: ExitCode) -> None:
    assert exit_code_of(error) is code


def test_a_room_closed_by_its_store_ends_like_the_store() -> None:
    error = RoomClosedError("the room failed")
    error.__cause__ = StoreError("full")
    assert exit_code_of(error) is ExitCode.STORE


def test_every_code_is_described() -> None:
    lines = describe_exit_codes().splitlines()
    assert [int(line.split()[0]) for line in lines] == [code.value for code in ExitCode]
    assert all(code.meaning for code in ExitCode)
