"""What the exchange with pages of the original app asks for; the bridge performs it, in order."""

from dataclasses import dataclass

from peerset.bridge.original import Original
from peerset.core.action import Json
from peerset.core.signal import PeerId


@dataclass(frozen=True, slots=True)
class Say:
    """Send the action *name* to *peer*."""

    peer: PeerId
    name: str
    payload: Json


@dataclass(frozen=True, slots=True)
class Take:
    """Save records that *peer* gave; answered by `Exchange.settle`, which is told of those in *refused*, too."""

    peer: PeerId
    originals: tuple[Original, ...]
    refused: tuple[str, ...]
    """Uuids of what is no record."""


BridgeEffect = Say | Take
