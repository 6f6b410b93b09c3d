"""Records of the simulated room, for the tests of the simulator."""

from collections.abc import Sequence

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import KIND_RECORD, Record, sign_record
from peerset.testing.machine import SIMULATED_ROOM
from peerset.testing.swarm import EPOCH

KEY = SecretKey(bytes(31) + b"\x01")


def make_record(
    content: str,
    *,
    created_at: int = EPOCH,
    kind: int = KIND_RECORD,
    tags: Sequence[Sequence[str]] = (),
    room_tag: bytes = SIMULATED_ROOM.tag,
    key: SecretKey = KEY,
) -> Record:
    return sign_record(
        key, created_at=UnixTime(created_at), kind=kind, tags=[["h", room_tag.hex()], *tags], content=content
    )
