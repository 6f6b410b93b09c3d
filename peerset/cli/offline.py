"""A host without a network: verbs that only read or fill a store open their room on it."""

from collections.abc import Sequence

from peerset.core.signal import RoomName
from peerset.ports import Signaling, Transport
from peerset.room.host import Host, NetworkOptions, Veil
from peerset.room.silence import SilentSignaling, SilentTransport


class Hermit(Host):
    """Gives its rooms no network at all; whoever only reads deletes nothing either."""

    collects = False

    def check(self, room: RoomName, *, signaling: Sequence[str] | None) -> None:
        """Have nothing to check, and load no network for it."""

    def enter(
        self, room: RoomName, options: NetworkOptions, *, signaling: Sequence[str] | None, veil: Veil
    ) -> tuple[Transport, Signaling]:
        """Give *room* a transport and signaling that reach nobody."""
        return SilentTransport(), SilentSignaling()

    async def leave(self, room: RoomName, options: NetworkOptions) -> None:
        """Have nothing to give back."""


class Onlooker(Hermit):
    """Gives rooms whose stores are only read, record by record: what is in them is not gone through first."""

    indexes = False
