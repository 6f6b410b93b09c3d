"""What a member can say of its room at any moment: who is here, what the set holds, and how it stands."""

from peerset.core.keys import PublicKey, npub
from peerset.core.limits import CHANNELS_MAX
from peerset.core.signal import PeerId
from peerset.core.typed import read_number, shown
from peerset.errors import ConfigError
from peerset.moderation.moderator import Moderator
from peerset.ports import Signaling, SignalingStatus
from peerset.protocol.health import Health
from peerset.protocol.inputs import PlacesAllowed
from peerset.protocol.neighbour import PeerStatus
from peerset.protocol.node import Node
from peerset.room.audience import Audience
from peerset.room.day import Day
from peerset.room.driver import Driver
from peerset.room.labelling import Labelling
from peerset.room.sealing import Sealing, SealStatus
from peerset.room.standing import Standing
from peerset.room.tally import Tally
from peerset.room.writer import Writer


class Membership(Labelling):
    """The part of a room that tells; `Room` makes what it reads."""

    moderation: Moderator
    _node: Node
    _driver: Driver
    _signaling: Signaling
    _writer: Writer
    _standing: Standing
    _audience: Audience
    _sealing: Sealing

    def __repr__(self) -> str:
        word = f"{len(self.peers)} peers" if self.is_open else self._standing.word
        return f"<Room {self.name.room!r} of {self.name.app!r}: {self.count} records, {word}, as {npub(self.key)}>"

    @property
    def key(self) -> PublicKey:
        """The key whose secret signs what we publish, here or elsewhere."""
        return self._writer.signer.public_key

    @property
    def peer_id(self) -> PeerId:
        """Our id towards trackers and channels; new for every process."""
        return self._node.peer_id

    @property
    def peers(self) -> list[PeerStatus]:
        """Every remote peer with a channel."""
        return self._node.peers

    def allow_places(self, places: int) -> None:
        """Have so many neighbours at most from now on; the least useful go, if there are more.

        Raises:
            ConfigError: *places* is no whole number from 1 to `CHANNELS_MAX`.

        """
        if not 1 <= read_number("places", places) <= CHANNELS_MAX or places != int(places):
            raise ConfigError(f"a room has 1 to {CHANNELS_MAX} places, not {shown(places)}")
        self._driver.post(PlacesAllowed(places))

    @property
    def count(self) -> int:
        """How many records the room's set holds here."""
        return self._node.count

    @property
    def root(self) -> bytes:
        """The 32-byte root over all records here: equal on peers that hold the same set."""
        return self._node.root(self._driver.now())

    @property
    def is_open(self) -> bool:
        """Neither left nor failed."""
        return self._standing.is_open

    @property
    def health(self) -> Health:
        """Which budgets bite, and since when."""
        return self._node.health(self._driver.now(), self.moderation.thrift.budget, self._audience.budget)

    @property
    def tally(self) -> Tally:
        """What was done since the room was joined, counted."""
        tally = self._audience.tally
        tally.unequal = self._node.unequal
        return tally

    @property
    def seal(self) -> SealStatus | None:
        """By which secrets the room is sealed, and what does not open; None where we have none."""
        return self._sealing.status

    @property
    def days(self) -> list[Day]:
        """The UTC days of the set, oldest first."""
        return [Day(day, count) for day, count in self._node.index.day_counts()]

    @property
    def signaling(self) -> list[SignalingStatus]:
        """How we stand with each place where peers are met; empty without a network."""
        return self._signaling.status()
