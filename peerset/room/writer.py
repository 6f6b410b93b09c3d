"""What our user writes in a room: signed, and dated after all that it follows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from peerset.core.deletion import address_text, digest_of
from peerset.core.filter import Filter
from peerset.core.grant import spoken_for
from peerset.core.keys import PublicKey
from peerset.core.limits import FUTURE_SECONDS_MAX, TAG_VALUE_BYTES_MAX
from peerset.core.record import ID_BYTES, KEYED_KINDS, KIND_DELETION, Record, RecordId, is_versioned, shell_of
from peerset.core.signal import RoomTag
from peerset.core.stamp import MICROSECONDS, split_stamp, stamp_of
from peerset.data.desk import Draft
from peerset.errors import AgeError
from peerset.ports import RecordSigner, Store
from peerset.protocol.events import Happening, RecordsAdded
from peerset.room.wallet import Wallet

_AHEAD_MAX: Final = FUTURE_SECONDS_MAX * MICROSECONDS


class Writer:
    """Has records signed by *signer* for one room.

    A record is dated by the clock, but later than our last record here, the version or deletion it replaces, and what
    its ``e`` tags with the mark ``prev`` name: so readers see it after those, on every peer.
    """

    def __init__(
        self,
        signer: RecordSigner,
        room_tag: RoomTag,
        store: Store,
        *,
        wallet: Wallet,
        clock: Callable[[], int],
        keys: Callable[[str], Sequence[str]] = lambda key: (key,),
    ) -> None:
        self.signer = signer
        """Signs what is written."""
        self.wallet = wallet
        """Our grants."""
        self._room_tag = ("h", room_tag.hex())
        self._store = store
        self._clock = clock
        """Gives the time in microseconds since 1970-01-01 UTC."""
        self._keys = keys
        """As what a key may stand where all can see it."""
        self._last = 0
        """The latest stamp of ours in this room."""
        self._is_deleting = False
        """Our key has deleted something in this room; who never has need not ask what of it is deleted."""
        self._is_started = False

    def take(self, event: Happening) -> None:
        """Follow what comes in: our key may write elsewhere as well."""
        own = self.signer.public_key
        for record, _ in event.news if isinstance(event, RecordsAdded) else ():
            if record.author == own:
                self._last = max(self._last, stamp_of(record))
                self._is_deleting = self._is_deleting or record.kind == KIND_DELETION

    async def sign(
        self, kind: int, tags: Iterable[Sequence[str]], content: str, *, follows: Iterable[Record] = ()
    ) -> Record:
        """Sign a record that is dated now, or just after what it follows; *follows* adds to what its tags say.

        Raises:
            MalformedError: it breaks the limits or text rules of records.
            AgeError: what it follows is dated so far ahead that nobody would take what comes after.
            StoreError: the store cannot be read.

        """
        own = list(tags)
        followed = [stamp_of(record) for record in (*follows, *await self._followed(kind, own))]
        return await self.sign_after(Draft(kind, own, content), after=max(followed, default=0))

    async def sign_after(self, draft: Draft, *, after: int) -> Record:
        """Sign a record that is dated now, or just after the stamp *after*, where who asks knows what it follows.

        Raises:
            MalformedError: it breaks the limits or text rules of records.
            AgeError: *after* is so far ahead that nobody would take what comes after.
            StoreError: the store cannot be read.

        """
        draft = await self._granted(draft)
        return await self._signed(draft, self._reserve(await self._after([draft], after), 1))

    async def sign_together(
        self, drafts: Sequence[Draft], *, after: int, closing: Callable[[Sequence[Record]], Draft] | None = None
    ) -> list[Record]:
        """Sign records that are dated in one second, in their order, and at the end what *closing* makes of them.

        Raises:
            MalformedError: one breaks the limits or text rules of records.
            AgeError: *after* is so far ahead that nobody would take what comes after.
            StoreError: the store cannot be read.

        """
        first = self._reserve(await self._after(drafts, after), len(drafts) + (closing is not None))
        records = [await self._signed(await self._granted(draft), first + place) for place, draft in enumerate(drafts)]
        return records if closing is None else [*records, await self._signed(closing(records), first + len(records))]

    async def _granted(self, draft: Draft) -> Draft:
        """Give a deletion the grant by which we wrote."""
        return await self.wallet.granted(draft, self._store) if draft.kind == KIND_DELETION else draft

    async def _after(self, drafts: Sequence[Draft], after: int) -> int:
        """Give the latest stamp of all that *drafts* come after: *after*, or a deletion of what they write."""
        if not self._is_started:
            await self._start()
        return max([after, *await self._deleted(drafts)]) if self._is_deleting else after

    def speaks_for(self, draft: Draft) -> PublicKey:
        """Say for whom *draft* would speak, if it were signed now."""
        return spoken_for(self.envelope(draft))

    def envelope(self, draft: Draft) -> Record:
        """Make what a record of ours would be now, without saying anything; it is signed by nobody."""
        created_at, _ = split_stamp(self._clock())
        shell = shell_of(RecordId(bytes(ID_BYTES)), self.signer.public_key, created_at, draft.kind)
        granted = self.wallet.tags(draft, created_at)
        return replace(shell, tags=(self._room_tag, *map(tuple, draft.tags), *granted))

    async def _signed(self, draft: Draft, stamp: int) -> Record:
        created_at, stamped = split_stamp(stamp)
        tags = (self._room_tag, *stamped, *draft.tags, *self.wallet.tags(draft, created_at))
        return await self.signer.sign(created_at=created_at, kind=draft.kind, tags=tags, content=draft.content)

    async def sign_deletion(self, target: Record, *, is_current: bool) -> Record:
        """Sign a deletion of *target*, a record of ours; with the current version go all earlier ones.

        By its id alone the one before would show again.

        Raises:
            AgeError: it is dated so far ahead that nobody would take what comes after.
            StoreError: the store cannot be read.

        """
        address = _address_of(target.kind, target.author, _key_in(target.tags))
        is_named = target.is_versioned and is_current and len(address.encode()) <= TAG_VALUE_BYTES_MAX
        addresses = [("a", address)] if is_named else []
        tags = [("e", target.id.hex()), *addresses, ("k", str(target.kind))]
        return await self.sign(KIND_DELETION, tags, "", follows=[target])

    def _reserve(self, after: int, count: int) -> int:
        """Give the first of *count* stamps in a row, all of one second, later than *after*."""
        clock = self._clock()
        # Our own last record does not count when a wrong clock dated it: we would be silent until then.
        last = self._last if self._last < clock + _AHEAD_MAX else 0
        stamp = max(clock, last + 1, after + 1)
        if stamp % MICROSECONDS + count > MICROSECONDS:
            stamp += MICROSECONDS - stamp % MICROSECONDS
        if stamp > clock + _AHEAD_MAX:
            ahead = (stamp - clock) // MICROSECONDS
            raise AgeError(
                f"what this record follows is dated {ahead} s ahead of our clock; "
                f"nobody takes records that are dated more than {FUTURE_SECONDS_MAX} s ahead"
            )
        self._last = max(last, stamp + count - 1)
        return stamp

    async def _start(self) -> None:
        until = self._clock() // MICROSECONDS + FUTURE_SECONDS_MAX
        self._is_deleting = self._is_deleting or self.signer.public_key in await self._store.deleters()
        ours = await self._store.query(Filter(authors=frozenset([self.signer.public_key]), until=until, limit=1))
        self._last = max([self._last, *map(stamp_of, ours)])
        self._is_started = True

    async def _followed(self, kind: int, tags: Sequence[Sequence[str]]) -> list[Record]:
        named = [tag[1] for tag in tags if len(tag) > 3 and tag[0] == "e" and tag[3] == "prev"]
        found = await self._store.get([RecordId(each) for each in map(_read_id, named) if each]) if named else []
        if is_versioned(kind):
            found += await self._store.query(self._versions(kind, tags))
        return found

    def _versions(self, kind: int, tags: Sequence[Sequence[str]]) -> Filter:
        authors = frozenset([self.signer.public_key])
        key = {"d": frozenset([_key_in(tags)])} if kind in KEYED_KINDS else {}
        return Filter(authors=authors, kinds=frozenset([kind]), tags=key, limit=1)

    async def _deleted(self, drafts: Sequence[Draft]) -> list[int]:
        """Give the last microseconds in which what is written is deleted already: deletions count by the second."""
        author = self.signer.public_key
        names = [
            digest_of(_address_of(draft.kind, author, key))
            for draft in drafts
            if is_versioned(draft.kind)
            for key in self._keys(_key_in(draft.tags))
        ]
        marks = await self._store.marks([(name, author) for name in names]) if names else []
        return [(mark.created_at + 1) * MICROSECONDS - 1 for mark in marks]


def _address_of(kind: int, author: PublicKey, key: str) -> str:
    return address_text(kind, author, key if kind in KEYED_KINDS else "")


def _key_in(tags: Sequence[Sequence[str]]) -> str:
    return next((tag[1] for tag in tags if len(tag) > 1 and tag[0] == "d"), "")


def _read_id(text: str) -> bytes:
    try:
        return bytes.fromhex(text) if len(text) == 2 * ID_BYTES else b""
    except ValueError:
        return b""
