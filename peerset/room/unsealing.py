"""A store and the secrets of its room: what was opened here must open again, and what can be opened newly is."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

from peerset.core.envelope import UnreadRecord, seal_id_of
from peerset.core.lens import Lens
from peerset.core.record import Record, RecordId
from peerset.core.seal import make_seals
from peerset.core.signal import RoomTag
from peerset.documents.document import State
from peerset.errors import ConfigError, SealError
from peerset.ports import SealedStore, Store

SEALS: Final = "seals"
"""The kind of the notes that say by which secrets a store was filled."""
READ_AT_ONCE: Final = 500


async def make_lens(texts: Sequence[str], room_tag: RoomTag) -> Lens | None:
    """Make of secrets and passphrases what opens by them; None without any. Passphrases take a second, on a thread.

    Raises:
        ConfigError: one of them is none.

    """
    return Lens(await asyncio.to_thread(make_seals, texts, room_tag)) if texts else None


def unseal(store: Store, lens: Lens | None) -> None:
    """Have *store* read by *lens*, if there is any.

    Raises:
        ConfigError: it cannot.

    """
    if lens is None:
        return
    if not isinstance(store, SealedStore):
        raise ConfigError(f"a store such as {type(store).__name__} opens no sealed records: take sqlite: or memory:")
    store.unseal(lens)


async def settle_seals(store: Store, lens: Lens | None) -> list[UnreadRecord]:
    """Make sure that what was opened in *store* is open, and open what can be by now; give what stays unread.

    A secret that was given and opened nothing, such as a mistaken passphrase, is forgotten.

    Raises:
        SealError: the store was filled by a secret that is not at hand; nothing of it changed.
        StoreError: it cannot be read or written.

    """
    known, ids = await store.notes(SEALS), [] if lens is None else lens.ids
    if lacking := [each for each in known if each not in ids]:
        _check(await _used(store, lacking), ids)
        for seal_id in lacking:
            await store.note(SEALS, seal_id, None)
    if lens is None or not isinstance(store, SealedStore):
        return []
    # A store that nobody had sealed holds envelopes as they came, and what is not sealed.
    closed = await store.marked(State.SEALED) if known else [RecordId(each) for _, each in await store.entries()]
    unread: list[UnreadRecord] = []
    for start in range(0, len(closed), READ_AT_ONCE):
        # Who keeps records in memory keeps what another lens made of them.
        found = [lens.open(_sealed(each)) for each in await store.get(closed[start : start + READ_AT_ONCE])]
        due: list[Record] = [each for each in found if not (known and isinstance(each, UnreadRecord))]
        if due:
            await store.reread(due)
        unread += [each for each in found if isinstance(each, UnreadRecord)]
    for seal_id in ids:
        if seal_id not in known:
            await store.note(SEALS, seal_id, "")
    return unread


def _sealed(record: Record) -> Record:
    return record.envelope if isinstance(record, UnreadRecord) else record


async def _used(store: Store, lacking: Sequence[bytes]) -> list[bytes]:
    """Give those of *lacking* by which something is open in *store*."""
    closed = set(await store.marked(State.SEALED)) if isinstance(store, SealedStore) else set()
    ids = [RecordId(each) for _, each in await store.entries() if each not in closed]
    used: set[bytes | None] = set()
    for start in range(0, len(ids), READ_AT_ONCE):
        for record in await store.get(ids[start : start + READ_AT_ONCE]):
            used.add(seal_id_of(record.envelope.tags))
    return [each for each in lacking if each in used]


def _check(lacking_ids: Iterable[bytes], ids: Sequence[bytes]) -> None:
    lacking = ", ".join(each.hex() for each in lacking_ids)
    if lacking and not ids:
        raise SealError(
            f"this store was filled by the secret {lacking} of a sealed room: join with seal=, or take another store "
            "to hold the room without reading it"
        )
    if lacking:
        raise SealError(
            f"this store was filled by the secret {lacking}, and not by {ids[0].hex()}, which is given: give the right "
            "one, or both, the newest first"
        )
