"""Signs records by a key of this process."""

from collections.abc import Iterable

from peerset.core.clock import UnixTime
from peerset.core.keys import PublicKey, SecretKey
from peerset.core.record import Record, sign_record


class KeySigner:
    """Signs by *key*, at once; a `RecordSigner` (`peerset.ports`)."""

    def __init__(self, key: SecretKey) -> None:
        self._key = key

    @property
    def key(self) -> SecretKey:
        """The key itself, which signs more than records."""
        return self._key

    @property
    def public_key(self) -> PublicKey:
        """The author of what it signs."""
        return self._key.public_key

    async def sign(self, *, created_at: UnixTime, kind: int, tags: Iterable[Iterable[str]], content: str) -> Record:
        """Sign as `sign_record` does."""
        return sign_record(self._key, created_at=created_at, kind=kind, tags=tags, content=content)
