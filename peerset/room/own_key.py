"""Who signs by a key of the room's own."""

from peerset.core.keys import PublicKey, SecretKey
from peerset.core.own_key import derive_own_key
from peerset.core.signal import RoomName
from peerset.core.typed import read_text
from peerset.room.arguments import AnySigner, Signer


def own_key(key: AnySigner, room: str, *, app: str = "peerset") -> SecretKey:
    """Give the key that *key* has for *room* of *app*: ``join("lobby", key=own_key("me", "lobby"))``.

    It is the same on every machine that has *key*: a `SecretKey`, its nsec text, or the name or path of a key file,
    made when missing. Nobody can tell by it who signs in other rooms, nor work out *key*; whoever has *key* can.

    Raises:
        ConfigError: the room's name is bad, it is no key, or its file cannot be read or written.

    """
    name = RoomName(read_text("the app", app), read_text("the room", room))
    return OwnKey(Signer(key), name).take()


class OwnKey(Signer):
    """Signs by the key that *whole* has for the room *name*; a missing file is made by `take`, as of any signer."""

    def __init__(self, whole: Signer, name: RoomName) -> None:
        self._whole = whole
        self._name = name

    @property
    def public_key(self) -> PublicKey | None:
        """Whose records it signs; None for a key that is still to be made."""
        return None if self._whole.public_key is None else self.take().public_key

    def take(self) -> SecretKey:
        """Give the key of the room.

        Raises:
            ConfigError: the file of the whole key cannot be written.

        """
        return derive_own_key(self._whole.take(), self._name.tag)
