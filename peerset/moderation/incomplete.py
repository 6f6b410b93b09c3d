"""Why a document of an atomic batch is not seen: its batch is not complete here."""

from peerset.core.filter import Filter
from peerset.core.record import KIND_COMMIT, KIND_KEYED, KIND_RECORD, Record, RecordId
from peerset.documents.commit import Commit, read_commit
from peerset.documents.document import BATCH_TAG
from peerset.ports import Store

NAMED_MAX = 3


async def why_incomplete(store: Store, record: Record) -> str | None:
    """Say in words what the batch of *record* lacks; None when it lacks nothing, or *record* is of none.

    Raises:
        StoreError: the store cannot be read.

    """
    nonce = record.tag_value(BATCH_TAG)
    if nonce is None or record.kind not in (KIND_KEYED, KIND_RECORD):
        return None
    own = await store.query(Filter(authors=frozenset({record.author}), kinds=frozenset({KIND_COMMIT})))
    commits = [each for each in map(read_commit, own) if each is not None and each.nonce == nonce]
    listing = [each for each in commits if record.id in each.ids]
    if not listing:
        said = "whose commit, the record that lists all of it, is not here" if not commits else "that does not list it"
        return f"it is part of a batch {said}, so nobody sees it"
    lacking = [await _lacking(store, record, each) for each in listing]
    fewest = min(lacking, key=len)
    return _said(listing[lacking.index(fewest)], fewest) if fewest else None


async def _lacking(store: Store, record: Record, commit: Commit) -> list[RecordId]:
    """Give what is listed, and neither here nor deleted by the author."""
    here = {outline.id for outline in await store.named([*commit.ids])}
    away = sorted(commit.ids - here)
    deleted = {mark.name for mark in await store.marks([(each, record.author) for each in away])}
    return [each for each in away if each not in deleted]


def _said(commit: Commit, lacking: list[RecordId]) -> str:
    names = ", ".join(each.hex()[:8] for each in lacking[:NAMED_MAX])
    more = f" and {len(lacking) - NAMED_MAX} others" if len(lacking) > NAMED_MAX else ""
    are = "is" if len(lacking) == 1 else "are"
    of = f"a batch of {len(commit.ids)} records, of which {names}{more} {are} not here"
    return f"it is part of {of}: until then nobody sees any of them"
