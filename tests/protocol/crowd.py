"""Neighbours of one room, as tests of its mesh let them come, bring records and go."""

from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.keys import PublicKey
from peerset.core.limits import (
    CHANNELS_MAX,
    TRIAL_SECONDS,
)
from peerset.core.signal import PeerId, Via
from peerset.protocol.mesh import Mesh

VIA = Via("wss://tracker.test")


def at(seconds: float) -> Moment:
    return Moment(Monotonic(seconds), UnixTime(1_790_000_000 + int(seconds)))


def peer(number: int) -> PeerId:
    return PeerId(f"peer {number:03}")


def no_lag(_: PeerId) -> None:
    return None


def come(
    mesh: Mesh, number: int, seconds: float, *, address: str = "", via: Via | None = None, is_ours: bool = False
) -> PeerId | None:
    """Let a peer open a channel and prove itself; give who goes."""
    mesh.won(peer(number), via, is_ours=is_ours)
    mesh.open(peer(number), address, at(seconds))
    return mesh.prove(peer(number), PublicKey(number.to_bytes(32)), no_lag, at(seconds))


def crowd(count: int, *, places: int = CHANNELS_MAX, is_ours: bool = False) -> Mesh:
    """A mesh of so many neighbours since time 0."""
    mesh = Mesh(places)
    for number in range(count):
        assert come(mesh, number, 0.0, is_ours=is_ours) is None
    return mesh


def bring(mesh: Mesh, number: int, seconds: float, records: int = 1) -> None:
    """Let a peer bring records first."""
    for _ in range(records):
        mesh.gained(peer(number), at(seconds))


def feel(mesh: Mesh, number: int, seconds: float, *, records: int = 0) -> float:
    """Try one more, which brings so many records; give how long the wait for the next one is after its trial."""
    assert mesh.takes_answer(at(seconds))
    assert come(mesh, number, seconds, is_ours=True) is None
    bring(mesh, number, seconds + 1.0, records)
    leave(mesh, seconds + 2 * TRIAL_SECONDS)
    return (mesh.feels_at or 0.0) - seconds


def leave(mesh: Mesh, seconds: float) -> list[PeerId]:
    """Tick until *seconds*; give who was sent away."""
    gone = []
    while mesh.deadline is not None and mesh.deadline <= seconds:
        mesh_time = mesh.deadline
        goes = mesh.tick(no_lag, at(mesh_time))
        if goes is not None:
            mesh.close(goes, at(mesh_time))
            gone.append(goes)
    return gone
