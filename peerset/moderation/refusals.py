"""The latest records that policies refused here, so that a refusal can be explained and judged again.

A refused record is no member, so the set does not hold it. The newest few are kept beside the set, and in the store
as notes, on numbered sheets: a sheet is written when it has grown and removed when it has grown old, so that a flood
of refused records costs a bounded number of writes, however long it lasts.
"""

import base64
import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from peerset.core.deletion import outline_of
from peerset.core.note import NOTE_TEXT_BYTES_MAX
from peerset.core.record import Record, RecordId, decode_record
from peerset.core.rules import HASH_BYTES, Manifest
from peerset.core.verdict import Reject, Verdict, sane_span
from peerset.errors import MalformedError
from peerset.moderation.notebook import Notebook
from peerset.ports import Store
from peerset.protocol.events import Happening, RecordsAdded, RecordsExpired
from peerset.protocol.tombstones import Tombstones

REFUSALS: Final = "refusals"
"""The kind of the notes that hold them."""
REFUSALS_MAX: Final = 256
REFUSALS_BYTES_MAX: Final = 262_144
"""Of all refused records that are kept, in their wire form."""
SAVE_DELAY_SECONDS: Final = 10.0
"""Refusals that come close together are saved together."""
NAME_CHARACTERS_MAX: Final = 64
REASON_CHARACTERS_MAX: Final = 200

_NUMBER_BYTES: Final = 8
"""The key of a note: the number of its sheet, and one byte more for its part of that."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that an admission policy refused here, and why."""

    record: Record
    policy: str
    manifest: bytes
    """The 32 bytes of the policy's `Manifest.id`."""
    reason: str
    rule: str = ""
    span: tuple[int, int] | None = None
    """Where in the content, in code points."""


@dataclass(slots=True)
class _Sheet:
    """Some refusals that are saved together; one that is larger than a note has a sheet of its own."""

    number: int
    rows: dict[RecordId, str] = field(default_factory=dict)
    characters: int = 0

    def has_room(self, row: str) -> bool:
        return not self.rows or self.characters + len(row) <= NOTE_TEXT_BYTES_MAX

    def add(self, record_id: RecordId, row: str) -> None:
        self.rows[record_id] = row
        self.characters += len(row) + 1

    def remove(self, record_id: RecordId) -> None:
        self.characters -= len(self.rows.pop(record_id)) + 1

    def notes(self) -> Iterator[tuple[bytes, str]]:
        text = "\n".join(self.rows.values())
        for part, start in enumerate(range(0, len(text), NOTE_TEXT_BYTES_MAX)):
            yield self.number.to_bytes(_NUMBER_BYTES) + bytes([part]), text[start : start + NOTE_TEXT_BYTES_MAX]


class Refusals:
    """Keeps the newest refusals of one room; *saved* are the notes of an earlier life."""

    def __init__(self, store: Store, *, saved: Mapping[bytes, str]) -> None:
        self._store = store
        self._saved = dict(saved)
        """What the store holds."""
        self._kept: dict[RecordId, Refusal] = {}
        self._sheets: deque[_Sheet] = deque()
        self._bytes = 0
        self.notebook = Notebook(self.save, title="refused records", delay_seconds=SAVE_DELAY_SECONDS)
        for number, refusals in _read(saved):
            self._sheets.append(_Sheet(number))
            for refusal in refusals:
                self._put(refusal, _write(refusal))
        self._trim()

    def get(self, record_id: RecordId) -> Refusal | None:
        """Give why a record was refused; None when that is not known here."""
        return self._kept.get(record_id)

    def latest(self) -> list[Refusal]:
        """Give what is kept, the newest last."""
        return list(self._kept.values())

    def add(self, refusals: Iterable[Refusal]) -> None:
        """Keep *refusals*, the newest last, in place of the oldest; they are saved soon."""
        for refusal in refusals:
            if refusal.record.id not in self._kept:
                self._add(refusal)
                self.notebook.save_soon()

    def forget(self, ids: Iterable[RecordId]) -> None:
        """Let go of records for good."""
        wanted = {record_id for record_id in ids if record_id in self._kept}
        for sheet in self._sheets if wanted else ():
            for record_id in sorted(wanted & sheet.rows.keys()):
                sheet.remove(record_id)
        for record_id in sorted(wanted):
            self._bytes -= len(self._kept.pop(record_id).record.wire)
            self.notebook.save_soon()

    def take(self, event: Happening) -> None:
        """Let go of what became a member after all, was deleted by its author, or is too old."""
        match event:
            case RecordsAdded(news):
                for record, _ in news if self._kept else ():
                    self.forget([record.id, *self._deleted_by(record)])
            case RecordsExpired(before):
                self.forget([each.record.id for each in self.latest() if each.record.created_at < before])
            case _:
                pass

    async def save(self) -> None:
        """Bring the notes up to date; only what changed is written.

        Raises:
            StoreError: the store cannot write.

        """
        current = dict(note for sheet in self._sheets for note in sheet.notes())
        for key in sorted(self._saved.keys() - current.keys()):
            await self._store.note(REFUSALS, key, None)
            del self._saved[key]
        for key, text in current.items():
            if self._saved.get(key) != text:
                await self._store.note(REFUSALS, key, text)
                self._saved[key] = text

    def _add(self, refusal: Refusal) -> None:
        row = _write(refusal)
        if not self._sheets or not self._sheets[-1].has_room(row):
            self._sheets.append(_Sheet(self._sheets[-1].number + 1 if self._sheets else 0))
        self._put(refusal, row)
        self._trim()

    def _put(self, refusal: Refusal, row: str) -> None:
        """Write *refusal* on the last sheet, unless it stands on one already."""
        record = refusal.record
        if record.id in self._kept:
            return
        self._sheets[-1].add(record.id, row)
        self._kept[record.id] = refusal
        self._bytes += len(record.wire)

    def _trim(self) -> None:
        while len(self._kept) > REFUSALS_MAX or self._bytes > REFUSALS_BYTES_MAX:
            # Whole sheets go, so that what stays needs no writing.
            for record_id in self._sheets.popleft().rows:
                self._bytes -= len(self._kept.pop(record_id).record.wire)

    def _deleted_by(self, deletion: Record) -> list[RecordId]:
        tombstones = Tombstones([deletion])
        kept = [refusal.record for refusal in self._kept.values()] if tombstones else []
        return [record.id for record in kept if tombstones.covering(outline_of(record)) is not None]


def refusals_of(
    records: Sequence[Record], verdicts: Sequence[Verdict], *, manifests: Mapping[str, Manifest]
) -> list[Refusal]:
    """Give those of *records* that *verdicts* refuse; *manifests* are those of the policies in force, by name."""
    return [
        Refusal(
            record,
            manifests[verdict.policy].name,
            manifests[verdict.policy].id,
            _cut(verdict.reason, REASON_CHARACTERS_MAX),
            _cut(verdict.rule, NAME_CHARACTERS_MAX),
            sane_span(verdict.span, len(record.content)),
        )
        for record, verdict in zip(records, verdicts, strict=True)
        if isinstance(verdict, Reject) and verdict.policy in manifests
    ]


def _cut(text: object, characters_max: int) -> str:
    # A stranger's policy may say what is no text at all, or half of a surrogate pair.
    return text[:characters_max].encode(errors="replace").decode() if isinstance(text, str) else ""


def _write(refusal: Refusal) -> str:
    row = {
        "policy": refusal.policy,
        "manifest": refusal.manifest.hex(),
        "reason": refusal.reason,
        "rule": refusal.rule,
        "span": refusal.span,
        "wire": base64.b64encode(refusal.record.wire).decode(),
    }
    return json.dumps(row, separators=(",", ":"))


def _read(notes: Mapping[bytes, str]) -> Iterator[tuple[int, list[Refusal]]]:
    """Give the sheets that *notes* hold, oldest first; what makes no sense is left out."""
    sane = sorted(note for note in notes.items() if len(note[0]) == _NUMBER_BYTES + 1 and note[0][0] == 0)
    for number, parts in groupby(sane, key=lambda note: note[0][:_NUMBER_BYTES]):
        lines = "".join(text for _, text in parts).split("\n")
        yield int.from_bytes(number), [refusal for refusal in map(_parse, lines) if refusal is not None]


def _parse(line: str) -> Refusal | None:
    try:
        row = json.loads(line)
        record, manifest = decode_record(base64.b64decode(row["wire"], validate=True)), bytes.fromhex(row["manifest"])
        texts, span = [row[name] for name in ("policy", "reason", "rule")], row["span"]
    except (ValueError, KeyError, TypeError, RecursionError, MalformedError):
        return None
    if not all(isinstance(text, str) for text in texts) or len(manifest) != HASH_BYTES:
        return None
    # A sheet that a crash tore must not put words into an author's mouth.
    if not record.has_valid_signature():
        return None
    policy, reason, rule = texts
    return Refusal(record, policy, manifest, reason, rule, sane_span(span, len(record.content)))
