"""One page of the original app: what it holds, what it was asked for, and what it lacks."""

from collections import deque
from collections.abc import Callable, Collection, Mapping
from typing import Final

from peerset.bridge.effects import Say, Take
from peerset.bridge.limits import (
    ANSWER_SECONDS,
    ASK_INTERVAL_SECONDS,
    ENTRIES_MAX,
    GIVEN_BURST,
    GIVEN_PER_SECOND,
    PATH_BYTES_MAX,
    PATHS_ASKED_MAX,
    QUESTIONS_BURST,
    QUESTIONS_PER_SECOND,
    RECORDS_HELD_MAX,
    RECORDS_PER_REQUEST,
    ROOT_INTERVAL_SECONDS,
    UUIDS_PER_MESSAGE_MAX,
)
from peerset.bridge.original import UUID, Original, read_original
from peerset.core.action import Json
from peerset.core.allowance import Allowance
from peerset.core.clock import Monotonic
from peerset.core.signal import PeerId

SUBTREE: Final = "subtree"
ROOT: Final = "rootHash"
RECORDS: Final = "fullRecord"
NEVER: Final = Monotonic(float("inf"))


class Partner:
    """Asks the page *peer* for its uuids, and then for the records that are wanted, some at a time.

    *wants* says of a uuid whether its record is to be asked for.
    """

    def __init__(self, peer: PeerId, now: Monotonic, *, wants: Callable[[str], bool]) -> None:
        self.peer = peer
        self.questions = Allowance(QUESTIONS_PER_SECOND, QUESTIONS_BURST)
        self.given = Allowance(GIVEN_PER_SECOND, GIVEN_BURST)
        self._wants = wants
        self._holds: set[str] = set()
        self._is_known = False
        """It has told all that it holds."""
        self._paths: deque[str] = deque()
        self._paths_asked = 0
        self._wanted: dict[str, None] = {}
        self._asked: dict[str, None] = {}
        self._is_taking = False
        """What came of it is being saved."""
        self._answer_due = NEVER
        """When it should have said what it holds."""
        self._records_due = NEVER
        self._ask_at = now
        self._root_at = Monotonic(float("-inf"))

    @property
    def deadline(self) -> Monotonic:
        """When to call `tick`."""
        return min(self._answer_due, self._records_due, self._ask_at)

    def holds(self, uuid: str) -> bool:
        """Say whether the page has the record, as far as is known."""
        return uuid in self._holds

    def note(self, uuids: Collection[str]) -> None:
        """Know that it holds these."""
        if len(self._holds) + len(uuids) <= 2 * RECORDS_HELD_MAX:
            self._holds.update(uuids)

    def tick(self, now: Monotonic) -> list[Say]:
        """Ask again from time to time, and wait for no answer for ever."""
        if now >= self._answer_due:
            self._answer_due = NEVER
            self._ask_at = Monotonic(now + ASK_INTERVAL_SECONDS)
        if now >= self._records_due:
            self._asked.clear()
            self._records_due = NEVER
        return [*self.ask(now, is_due=now >= self._ask_at), *self._request(now)]

    def ask(self, now: Monotonic, *, is_due: bool = True) -> list[Say]:
        """Ask what it holds, unless an answer is on its way."""
        if not is_due or self._answer_due != NEVER:
            return []
        self._paths = deque([""])
        self._paths_asked = 0
        self._ask_at = NEVER
        return self._ask_next(now)

    def tell_root(self, root: str, held: Collection[str], now: Monotonic) -> list[Say]:
        """Tell *root* to a page that lacks something of *held*, now and then, until it asks."""
        is_due = now >= self._root_at + ROOT_INTERVAL_SECONDS
        if not self._is_known or not is_due or all(uuid in self._holds for uuid in held):
            return []
        self._root_at = now
        return [Say(self.peer, ROOT, {"merkleRoot": root})]

    def hear_hashes(self, entries: list[Json], now: Monotonic) -> list[Say]:
        """Take an answer of what it holds."""
        if self._answer_due == NEVER:
            return []
        for entry in entries[:ENTRIES_MAX]:
            self._hear_entry(entry)
        if self._paths and self._paths_asked < PATHS_ASKED_MAX:
            return [*self._ask_next(now), *self._request(now)]
        self._is_known = True
        self._answer_due = NEVER
        self._ask_at = Monotonic(now + ASK_INTERVAL_SECONDS)
        return self._request(now)

    def hear_records(self, records: Mapping[str, Json]) -> list[Take]:
        """Take records that were asked for; nothing more is asked for until these are settled."""
        taken: list[Original] = []
        refused: list[str] = []
        for uuid in [uuid for uuid in records if uuid in self._asked]:
            del self._asked[uuid]
            original = read_original(uuid, records[uuid])
            if original is None:
                refused.append(uuid)
            else:
                taken.append(original)
        if not taken and not refused:
            return []
        self._is_taking = True
        self._records_due = NEVER
        # What it has not sent it does not have any more.
        self._asked.clear()
        return [Take(self.peer, tuple(taken), tuple(refused))]

    def settle(self, now: Monotonic) -> list[Say]:
        """Ask for more, once what came is saved."""
        self._is_taking = False
        return self._request(now)

    def _ask_next(self, now: Monotonic) -> list[Say]:
        self._paths_asked += 1
        self._answer_due = Monotonic(now + ANSWER_SECONDS)
        return [Say(self.peer, SUBTREE, {"requestSubtreeHashes": {"path": self._paths.popleft(), "depth": 1}})]

    def _hear_entry(self, entry: Json) -> None:
        match entry:
            case {"path": str(path), "uuids": list(uuids), "hasChildren": bool(has_children)}:
                named = [
                    uuid for uuid in uuids[:UUIDS_PER_MESSAGE_MAX] if isinstance(uuid, str) and UUID.fullmatch(uuid)
                ]
                self.note(named)
                self._wanted.update((uuid, None) for uuid in named if self._wants(uuid))
                if has_children and not named and len(path) <= PATH_BYTES_MAX and len(self._paths) < PATHS_ASKED_MAX:
                    self._paths.append(path)
            case _:
                return

    def _request(self, now: Monotonic) -> list[Say]:
        if self._asked or self._is_taking:
            return []
        while self._wanted and len(self._asked) < RECORDS_PER_REQUEST:
            uuid = next(iter(self._wanted))
            del self._wanted[uuid]
            # Another page may have given it meanwhile.
            if self._wants(uuid):
                self._asked[uuid] = None
        if not self._asked:
            return []
        self._records_due = Monotonic(now + ANSWER_SECONDS)
        return [Say(self.peer, SUBTREE, {"requestRecords": list(self._asked)})]
