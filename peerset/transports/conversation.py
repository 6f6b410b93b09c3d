"""Which of Trystero's two dialects is spoken on a connection: guessed by its description, told by the first message."""

import random
from collections.abc import Mapping
from typing import Protocol

from peerset.core.action import Action
from peerset.core.clock import Monotonic
from peerset.core.signal import PeerId
from peerset.transports.legacy import Legacy
from peerset.transports.legacy_frames import tells_modern
from peerset.transports.sharing import Forget, Membership, RoomDeactivated, Sharing, SharingEffect, Write


class Dialect(Protocol):
    """What is said on one usable connection, in one of the dialects: `Sharing` or `Legacy`."""

    @property
    def deadline(self) -> Monotonic | None:
        """When to call `tick`."""
        ...

    @property
    def tokens(self) -> list[str]:
        """The rooms that are bound."""
        ...

    @property
    def is_idle(self) -> bool:
        """No room is bound."""
        ...

    def is_bound(self, token: str) -> bool:
        """Tell whether the room is on this connection."""
        ...

    def is_active(self, token: str) -> bool:
        """Tell whether the room's actions flow."""
        ...

    def can_say(self, name: str) -> bool:
        """Tell whether an action of this name can be sent."""
        ...

    def open(self, token: str, now: Monotonic) -> list[SharingEffect]:
        """Begin with the room that made the connection."""
        ...

    def attach(self, token: str, now: Monotonic) -> list[SharingEffect]:
        """Bind a room that both ends are in."""
        ...

    def join(self, token: str, now: Monotonic) -> list[SharingEffect]:
        """Tell the peer that we joined a room."""
        ...

    def leave(self, token: str, now: Monotonic) -> list[SharingEffect]:
        """Tell the peer that we left a room."""
        ...

    def detach(self, token: str, now: Monotonic) -> list[SharingEffect]:
        """Unbind a room, but stay in it."""
        ...

    def send(self, token: str, action: Action) -> list[Write]:
        """Cut *action* into frames of an active room."""
        ...

    def receive(self, data: bytes, now: Monotonic) -> list[SharingEffect]:
        """Take one message of the channel."""
        ...

    def tick(self, now: Monotonic) -> list[SharingEffect]:
        """Act on what took too long."""
        ...


class Conversation:
    """What *local* and *remote* say over a connection made for the room *token*; *memberships* are our rooms by token.

    Its description tells the dialect but for pages whose browser says more or less than usual; so the first message
    decides. A wrong guess costs a moment: each dialect ignores the frames of the other.
    """

    def __init__(
        self,
        token: str,
        *,
        is_modern: bool,
        local: PeerId,
        remote: PeerId,
        memberships: Mapping[str, Membership],
        rng: random.Random,
    ) -> None:
        self._token = token
        self._local = local
        self._remote = remote
        self._memberships = memberships
        self._rng = rng
        self._is_told = False
        """The peer has said something."""
        self.is_modern = is_modern
        """The peer speaks the dialect of 0.23 and later, as far as is known."""
        self.dialect = self._begin()

    def open(self, now: Monotonic) -> list[SharingEffect]:
        """Begin, once the connection is usable."""
        return self.dialect.open(self._token, now)

    def receive(self, data: bytes, now: Monotonic) -> list[SharingEffect]:
        """Take one message of the channel; the first says which dialect it is."""
        if self._is_told:
            return self.dialect.receive(data, now)
        return self._turn(tells_modern(data), now) + self.dialect.receive(data, now)

    def _turn(self, is_modern: bool | None, now: Monotonic) -> list[SharingEffect]:
        """Go on in the other dialect if that is what the peer speaks."""
        self._is_told = is_modern is not None
        if is_modern is None or is_modern == self.is_modern:
            return []
        active = [token for token in self.dialect.tokens if self.dialect.is_active(token)]
        ended = [
            effect for token in active for effect in (Forget(token), RoomDeactivated(token, "it speaks otherwise"))
        ]
        self.is_modern = is_modern
        self.dialect = self._begin()
        return [*ended, *self.dialect.open(self._token, now)]

    def _begin(self) -> Dialect:
        if not self.is_modern:
            return Legacy(memberships=self._memberships)
        return Sharing(self._local, self._remote, memberships=self._memberships, rng=self._rng)
