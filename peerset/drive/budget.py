"""What may be fetched before anybody reads it: as much as fits, and of each author no more than one may take.

So nobody's files fill the disks of all who keep everything. What somebody here reads is fetched all the same.
"""

from collections import Counter
from collections.abc import Iterable

from peerset.core.blob import BlobName
from peerset.core.keys import PublicKey
from peerset.drive.limits import Limits
from peerset.drive.names import Names
from peerset.ports.blobs import HeldBlob


class Budget:
    """Counts what is *held*, and what is begun, by who *names* it; *key* is ours, and takes what it will."""

    def __init__(self, limits: Limits, names: Names, key: PublicKey, held: Iterable[HeldBlob]) -> None:
        self._limits = limits
        self._names = names
        self._key = key
        self._total = 0
        self._taken: Counter[PublicKey] = Counter()
        for each in held:
            self._count(each.name, each.bytes_kept)

    def take(self, name: BlobName, kept: int) -> bool:
        """Count a blob of which *kept* bytes are here as whole; False, and nothing is counted, when it does not fit.

        One that several authors name counts as each one's, and fits when it does with any of them.
        """
        more = name.size - kept
        authors = self._names.authors_of(name.root)
        fits = self._key in authors or any(self._taken[each] + more <= self._limits.author_bytes for each in authors)
        if not fits or self._total + more > self._limits.room_bytes or name.size > self._limits.blob_bytes:
            return False
        self._count(name, more)
        return True

    def _count(self, name: BlobName, size: int) -> None:
        self._total += size
        for author in self._names.authors_of(name.root):
            self._taken[author] += size
