"""What members of sealed rooms write, signed at once."""

import random
from collections.abc import Iterable, Sequence
from typing import Any, Final

from peerset.core.clock import UnixTime
from peerset.core.envelope import NONCE_BYTES, OpenedRecord, opened_as, seal_fields
from peerset.core.keys import SecretKey
from peerset.core.record import Record, sign_record
from peerset.core.seal import Seal, Seals

RNG: Final = random.Random(1)


def sign_sealed(
    key: SecretKey,
    seal: Seal,
    *,
    created_at: UnixTime,
    kind: int,
    tags: Iterable[Sequence[str]],
    content: str,
    nonce: bytes,
) -> OpenedRecord:
    """Make a record of *key* that only *seal* opens."""
    whole: Any = tuple([tag if isinstance(tag, str) else tuple(tag) for tag in tags])
    sealed = seal_fields(
        seal, author=key.public_key, created_at=created_at, kind=kind, tags=whole, content=content, nonce=nonce
    )
    signed = sign_record(key, created_at=created_at, kind=kind, tags=sealed.tags, content=sealed.content)
    return opened_as(signed, sealed)


class Writer:
    """Writes records of *key*, sealed by the newest of *seals* if there are any."""

    def __init__(self, key: SecretKey, seals: Seals | None = None) -> None:
        self._key = key
        self._seals = seals

    def sign(self, *, created_at: UnixTime, kind: int, tags: Iterable[Sequence[str]], content: str) -> Record:
        """Make a record; a sealed one is given open."""
        if self._seals is None:
            return sign_record(self._key, created_at=created_at, kind=kind, tags=tags, content=content)
        nonce, seal = RNG.randbytes(NONCE_BYTES), self._seals.newest
        return sign_sealed(self._key, seal, created_at=created_at, kind=kind, tags=tags, content=content, nonce=nonce)
