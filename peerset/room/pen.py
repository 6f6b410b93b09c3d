"""Who signs what is written in a room: openly, or in an envelope where the room is sealed."""

import random
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from peerset.core.clock import UnixTime
from peerset.core.envelope import NONCE_BYTES, VISIBLE_TAGS, opened_as, seal_fields
from peerset.core.keys import PublicKey
from peerset.core.record import KEYED_KINDS, KIND_DELETION, KIND_PIN, Record
from peerset.core.seal import Seals
from peerset.errors import MalformedError
from peerset.ports import RecordSigner

_ADDRESS: Final = re.compile("(0|[1-9][0-9]{0,4}):[0-9a-f]{64}:")


class Pen:
    """Has records signed by *signer*, sealed by the newest of *seals* if there are any, with nonces of *rng*.

    A `RecordSigner` itself; a signer elsewhere sees envelopes alone.
    """

    def __init__(self, signer: RecordSigner, seals: Seals | None = None, rng: random.Random | None = None) -> None:
        self._signer = signer
        self._seals = seals
        self._rng = rng or random.SystemRandom()

    @property
    def public_key(self) -> PublicKey:
        """Whose records it gives."""
        return self._signer.public_key

    def keys(self, key: str) -> list[str]:
        """Give as what the key of a keyed record may stand where all can see it; in a sealed room, by each secret."""
        return [key] if self._seals is None or not key else self._seals.hidden("d", key)

    async def sign(self, *, created_at: UnixTime, kind: int, tags: Iterable[Iterable[str]], content: str) -> Record:
        """Have a record signed; a sealed one is given open. In a deletion keys of addresses are hidden, too.

        A pin is not sealed: it holds an envelope, by which all judge it, whatever they read.

        Raises:
            MalformedError: what it would hold breaks the limits or the text rules, or a pin would show a tag.
            SignatureError: the signer refuses.
            SignalingError: it cannot be reached, or does not answer.

        """
        if self._seals is None:
            return await self._signer.sign(created_at=created_at, kind=kind, tags=tags, content=content)
        # A tag given as one text would fall apart into its characters, so it stays whole and is refused.
        whole: Any = tuple([tag if isinstance(tag, str) else tuple(tag) for tag in tags])
        if kind == KIND_PIN:
            _check_shows_nothing(whole)
            return await self._signer.sign(created_at=created_at, kind=kind, tags=whole, content=content)
        said = tuple([each for tag in whole for each in self._named(tag)]) if kind == KIND_DELETION else whole
        nonce = self._rng.randbytes(NONCE_BYTES)
        author, seal = self._signer.public_key, self._seals.newest
        sealed = seal_fields(
            seal, author=author, created_at=created_at, kind=kind, tags=said, content=content, nonce=nonce
        )
        signed = await self._signer.sign(created_at=created_at, kind=kind, tags=sealed.tags, content=sealed.content)
        return opened_as(signed, sealed)

    def _named(self, tag: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """Name an address as all know it, under whichever secret that was."""
        found = _ADDRESS.match(tag[1]) if tag[0] == "a" and len(tag) > 1 else None
        if found is None or int(found[1]) not in KEYED_KINDS:
            yield tag
            return
        for key in self.keys(tag[1][found.end() :]):
            yield ("a", f"{found[0]}{key}", *tag[2:])


def _check_shows_nothing(tags: Iterable[Any]) -> None:
    for tag in tags:
        if not isinstance(tag, str) and tag and tag[0] not in VISIBLE_TAGS:
            raise MalformedError(f"a pin is not sealed, so in a sealed room it has no tag {tag[0]!r}")
