"""Which version of a register counts: the highest that competes, while all others that compete are superseded."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from peerset.core.record import RecordId
from peerset.documents.document import ABSENT, State, rank_of
from peerset.stores.indexed.draft import Draft, Slot
from peerset.stores.indexed.ledger import Entry, Ledger
from peerset.stores.indexed.tables import BY_SLOT, Table

ASKED_TOGETHER_MIN: Final = 8


_BEATEN: Final = ABSENT | State.SUPERSEDED


@dataclass(slots=True)
class _Rival:
    id: RecordId
    stamp: int
    state: State
    draft: Draft | None
    number: int


def contest(
    ledger: Ledger,
    tables: Mapping[int, Table],
    drafts: Mapping[Slot, Sequence[Draft]],
    touched: Mapping[Slot, set[int]],
) -> dict[RecordId, int]:
    """Find the winner of each slot among what is there, and *drafts*, which are not yet.

    *touched* are the versions that are there and whose states were found anew; the others stand as they did. Gives the
    numbers of those that were looked at, by their ids.
    """
    met: dict[RecordId, int] = {}
    fresh = _fresh(ledger.db, tables, [slot for slot in drafts if slot not in touched])
    rivalry: dict[Slot, list[_Rival]] = {}
    for slot in {**drafts, **touched} if touched else drafts:
        table, new = tables[slot.table], drafts.get(slot, ())
        rivals = [] if slot in fresh else _rivals(ledger.db, table, slot, touched.get(slot, set()))
        # A version that is alone competes with nobody.
        if rivals or len(new) != 1:
            rivalry[slot] = rivals
            met |= {each.id: each.number for each in rivals}
    _load_winners(ledger, tables, rivalry)
    for slot, rivals in rivalry.items():
        rivals += [_Rival(each.record.id, each.row.stamp, each.state, each, 0) for each in drafts.get(slot, ())]
        _settle(ledger, tables[slot.table], [each for each in rivals if not each.state & ABSENT])
    return met


def slots_of(db: sqlite3.Connection, table: Table, array: str) -> dict[Slot, set[int]]:
    """Give the slots of the documents in *array*, numbers as JSON, and which these are."""
    found: dict[Slot, set[int]] = {}
    for number, key, author in db.execute(
        f"SELECT number, key, author FROM {table.docs} "
        "WHERE number IN (SELECT value FROM json_each(?)) AND key IS NOT NULL",
        (array,),
    ):
        found.setdefault(Slot(table.number, key, b"" if table.is_shared else author), set()).add(number)
    return found


def conditions_of(table: Table, slot: Slot) -> tuple[str, list[object]]:
    """Give the condition, and its values, that the versions of *slot* meet."""
    if table.is_shared or not slot.author:
        return "key = ?", [slot.key]
    return "key = ? AND author = ?", [slot.key, slot.author]


def _fresh(db: sqlite3.Connection, tables: Mapping[int, Table], slots: Sequence[Slot]) -> set[Slot]:
    """Give those of many *slots* of which nothing is here yet: one question for all is quicker than one for each."""
    if len(slots) < ASKED_TOGETHER_MIN:
        return set()
    known: set[tuple[int, str]] = set()
    for number in {slot.table for slot in slots}:
        keys = json.dumps([slot.key for slot in slots if slot.table == number])
        found = db.execute(
            f"SELECT DISTINCT key FROM {tables[number].docs} INDEXED BY {tables[number].index(BY_SLOT)} "
            "WHERE key IN (SELECT value FROM json_each(?)) AND key IS NOT NULL",
            (keys,),
        )
        known |= {(number, key) for (key,) in found}
    return {slot for slot in slots if (slot.table, slot.key) not in known}


def _rivals(db: sqlite3.Connection, table: Table, slot: Slot, moved: set[int]) -> list[_Rival]:
    """Give all versions of *slot* that may win, or may have won before.

    Before, all that competed were superseded but the highest. So below one that is, and was not moved, only those that
    were moved can stand otherwise than they should.
    """
    condition, values = conditions_of(table, slot)
    rows = db.execute(
        f"SELECT number, stamp, state, (SELECT id FROM record WHERE record.number = {table.docs}.number) "
        f"FROM {table.docs} INDEXED BY {table.index(BY_SLOT)} WHERE {condition} ORDER BY stamp DESC",
        values,
    )
    found: list[_Rival] = []
    winner: int | None = None
    left = set(moved)
    for number, stamp, bits, record_id in rows:
        rival = _Rival(record_id, stamp, State(bits), None, number)
        found.append(rival)
        left.discard(number)
        if rival.state & ABSENT:
            continue
        if winner is None:
            winner = stamp
        elif stamp < winner and rival.state & State.SUPERSEDED and number not in moved and not left:
            break
    return found


def _load_winners(ledger: Ledger, tables: Mapping[int, Table], rivalry: Mapping[Slot, Sequence[_Rival]]) -> None:
    """Read at once the winners that there were in many slots: most of them are about to be superseded."""
    for number in {slot.table for slot in rivalry} if len(rivalry) > 1 else ():
        winners = [
            next((each.number for each in rivals if not each.state & _BEATEN), None)
            for slot, rivals in rivalry.items()
            if slot.table == number
        ]
        ledger.load([each for each in winners if each is not None], [tables[number]])


def _settle(ledger: Ledger, table: Table, rivals: Sequence[_Rival]) -> None:
    if not rivals:
        return
    winner = max(rivals, key=lambda each: rank_of(each.stamp, each.id))
    for each in rivals:
        is_superseded = each is not winner
        if bool(each.state & State.SUPERSEDED) == is_superseded:
            continue
        state = each.state ^ State.SUPERSEDED
        if each.draft is not None:
            each.draft.state = state
        else:
            (entry,) = ledger.load([each.number], [table])
            ledger.write(entry, state)


def group(drafts: Iterable[Draft]) -> dict[Slot, list[Draft]]:
    """Give the versions of registers among *drafts*, by slot."""
    found: dict[Slot, list[Draft]] = {}
    for draft in drafts:
        if draft.row.key is not None:
            author = b"" if draft.table.is_shared else draft.row.author
            found.setdefault(Slot(draft.table.number, draft.row.key, author), []).append(draft)
    return found


def moved(entries: Iterable[Entry]) -> dict[int, list[int]]:
    """Give the numbers of documents by the number of their table."""
    found: dict[int, list[int]] = {}
    for entry in entries:
        if entry.table is not None:
            found.setdefault(entry.table.number, []).append(entry.number)
    return found
