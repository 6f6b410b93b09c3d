"""A state that is folded over documents in their linear order, and taken back when one comes late. Pure."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Generic

from peerset.core.action import Json
from peerset.core.limits import FOLD_STATE_BYTES_MAX, VALUE_DEPTH_MAX
from peerset.core.typed import shown
from peerset.data.difference import D
from peerset.documents.order import Seat
from peerset.documents.value import check_json, read_json
from peerset.errors import ConfigError

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":"))

CHECKPOINT_ENTRIES: Final = 8
"""After so many documents a state is kept; of older ones, one at each doubled distance."""

FoldStep = Callable[[Json, D], Json]
"""Gives the state after a document, from the one before it."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A state as it was after *count* documents, the last of which stands at *seat*; None before all."""

    count: int
    seat: Seat | None
    text: str


class FoldLine(Generic[D]):
    """A state, how far it has come, and states of before."""

    def __init__(self, start: Json, step: FoldStep[D]) -> None:
        self.count = 0
        """Of how many documents the state is."""
        self.seat: Seat | None = None
        """Where the last of them stands."""
        self.undone = 0
        """How many documents were taken back, altogether."""
        self._step = step
        self._checkpoints = [Checkpoint(0, None, write_state(start))]
        self.state = read_json(self._checkpoints[0].text)

    def fold(self, entries: Iterable[tuple[Seat, D | None]]) -> None:
        """Take documents that stand behind all before, in order; a document that is None has only a place.

        Raises:
            ConfigError: the state is nothing that JSON can say, or too long.
            Exception: whatever the user's function raises.

        """
        for seat, doc in entries:
            if doc is not None:
                self.state = self._step(self.state, doc)
            self.count += 1
            self.seat = seat
            if self.count % CHECKPOINT_ENTRIES == 0:
                self._keep(seat)

    def undo(self, stamp: int, record_id: bytes | None) -> None:
        """Take back what stands at a moment or behind it; without an id, from the beginning of a stamp on."""
        if self.seat is None or not _is_before(stamp, record_id, self.seat):
            return
        while (seat := self._checkpoints[-1].seat) is not None and _is_before(stamp, record_id, seat):
            self._checkpoints.pop()
        last = self._checkpoints[-1]
        self.undone += self.count - last.count
        self.count, self.seat, self.state = last.count, last.seat, read_json(last.text)

    @property
    def last(self) -> Checkpoint:
        """Where it is now."""
        return Checkpoint(self.count, self.seat, write_state(self.state))

    def resume(self, checkpoint: Checkpoint) -> None:
        """Go on from where an earlier line was."""
        self.count, self.seat, self.state = checkpoint.count, checkpoint.seat, read_json(checkpoint.text)
        self._checkpoints = [self._checkpoints[0], checkpoint]

    @property
    def checkpoints(self) -> list[int]:
        """After how many documents each kept state is."""
        return [each.count for each in self._checkpoints]

    def _keep(self, seat: Seat) -> None:
        # As text, since what follows may change the state in place.
        text = write_state(self.state)
        kept: dict[int, Checkpoint] = {}
        for each in [*self._checkpoints[1:], Checkpoint(self.count, seat, text)]:
            kept.setdefault(((self.count - each.count) // CHECKPOINT_ENTRIES).bit_length(), each)
        self._checkpoints = [self._checkpoints[0], *kept.values()]


def write_state(state: object) -> str:
    """Write a state as JSON.

    Raises:
        ConfigError: JSON cannot say it, or it is longer than `FOLD_STATE_BYTES_MAX`.

    """
    try:
        check_json(state, VALUE_DEPTH_MAX)
        text = _ENCODER.encode(state)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"a fold cannot keep {shown(state)}: {error}") from error
    if len(text.encode()) > FOLD_STATE_BYTES_MAX:
        raise ConfigError(f"a state of {len(text.encode())} bytes; the limit of a fold is {FOLD_STATE_BYTES_MAX}")
    return text


def _is_before(stamp: int, record_id: bytes | None, seat: Seat) -> bool:
    """Say whether a moment is that of *seat*, or before it."""
    if stamp != seat.stamp or record_id is None:
        return stamp <= seat.stamp
    return record_id >= seat.id
