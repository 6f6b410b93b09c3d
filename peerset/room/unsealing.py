"""A store and the secrets of its room: what was opened here must open again, and what can be opened newly is."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from peerset.core.envelope import Closed, UnreadRecord, seal_id_of
from peerset.core.lens import Lens
from peerset.core.record import Record, RecordId
from peerset.core.seal import make_seals
from peerset.core.signal import RoomTag
from peerset.documents.document import CLOSED, State
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


async def settle_seals(store: Store, lens: Lens | None) -> Mapping[Closed, int]:
    """Make sure that what was opened in *store* is open, and open what can be by now; count what stays unread, by why.

    Of what the store remembers that it does not open, only what another secret sealed is read again, once there is a
    new one. A secret that was given and opened nothing, such as a mistaken passphrase, is forgotten.

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
        return {}
    news = [each for each in ids if each not in known]
    due = (
        await _unsettled(store, has_news=bool(news)) if known else [RecordId(each) for _, each in await store.entries()]
    )
    for start in range(0, len(due), READ_AT_ONCE):
        # Who keeps records in memory keeps what another lens made of them.
        found = [lens.open(_sealed(each)) for each in await store.get(due[start : start + READ_AT_ONCE])]
        await store.reread(found)
    for seal_id in news:
        await store.note(SEALS, seal_id, "")
    return Counter({why: len(await store.marked(state)) for why, state in CLOSED.items()})


async def _unsettled(store: SealedStore, *, has_news: bool) -> list[RecordId]:
    """Give what a sealed store does not open, and may now, or does not know why: older ones did not remember that."""
    known = await store.marked(State.UNSEALED | State.BROKEN)
    if not has_news:
        known += await store.marked(State.FOREIGN)
    return sorted(set(await store.marked(State.SEALED)).difference(known))


def _sealed(record: Record) -> Record:
    return record.envelope if isinstance(record, UnreadRecord) else record


async def _used(store: Store, lacking: Sequence[bytes]) -> list[bytes]:
    """Give those of *lacking* by which something is open in *store*."""
    closed = set(await store.marked(State.SEALED)) if isinstance(store, SealedStore) else set()
    ids = [RecordId(each) for _, each in await store.entries() if each not in closed]
    used: set[bytes | None] = set()
    # What was written last is most likely by it.
    for end in range(len(ids), 0, -READ_AT_ONCE):
        for record in await store.get(ids[max(0, end - READ_AT_ONCE) : end]):
            used.add(seal_id_of(record.envelope.tags))
        if used.issuperset(lacking):
            break
    return [each for each in lacking if each in used]


def _check(lacking_ids: Iterable[bytes], ids: Sequence[bytes]) -> None:
    lacking = ", ".join(each.hex() for each in lacking_ids)
    if lacking and not ids:
        raise SealError(
            f"this store was filled by the secret {lacking} of a sealed room: join with seal= "
            "(--seal-file), or take another store to hold the room without reading it"
        )
    if lacking:
        raise SealError(
            f"this store was filled by the secret {lacking}, and not by {ids[0].hex()}, which is given: give the right "
            "one, or both, the newest first"
        )
