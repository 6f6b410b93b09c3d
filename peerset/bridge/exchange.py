"""The exchange of records with pages of the original app, without I/O: what is held, and what each page is told.

The app compares trees level by level, one message a node, and never finishes a thousand records. Two messages are
enough here, since nodes name all uuids beneath them: the two below the root say what a page holds; and a page that
asks is told at once of all that it lacks, as if they were leaves, so that it asks for these and no further.
"""

from collections.abc import Iterable

from peerset.bridge.effects import BridgeEffect, Say
from peerset.bridge.limits import (
    PARTNERS_MAX,
    PATH_BYTES_MAX,
    RECORDS_HELD_MAX,
    RECORDS_IGNORED_MAX,
    RECORDS_PER_MESSAGE,
    ROOT_QUIET_SECONDS,
    UUIDS_PER_MESSAGE_MAX,
)
from peerset.bridge.original import Original
from peerset.bridge.partner import NEVER, RECORDS, ROOT, SUBTREE, Partner
from peerset.bridge.tree import Tree, children
from peerset.core.action import Action, Json
from peerset.core.clock import Monotonic
from peerset.core.signal import PeerId


class Exchange:
    """Holds what both rooms have, in the app's shape."""

    def __init__(self) -> None:
        self._held: dict[str, Original] = {}
        self._ignored: dict[str, None] = {}
        self._partners: dict[PeerId, Partner] = {}
        self._tree: Tree | None = None
        self._changed_at = NEVER
        """When something was held last that pages were not told of."""

    @property
    def held(self) -> int:
        """How many records there are."""
        return len(self._held)

    @property
    def partners(self) -> list[PeerId]:
        """The pages that are spoken with."""
        return list(self._partners)

    @property
    def deadline(self) -> Monotonic:
        """When to call `tick`."""
        due = Monotonic(self._changed_at + ROOT_QUIET_SECONDS)
        return min([due, *(partner.deadline for partner in self._partners.values())])

    @property
    def tree(self) -> Tree:
        """The tree over all that is held."""
        if self._tree is None:
            self._tree = Tree({uuid: original.hash for uuid, original in self._held.items()})
        return self._tree

    def has(self, uuid: str) -> bool:
        """Say whether the record is held."""
        return uuid in self._held

    def hold(self, originals: Iterable[Original], now: Monotonic) -> None:
        """Hold records of ours, and of theirs that are saved, as long as there is room."""
        for original in originals:
            if original.uuid not in self._held and len(self._held) < RECORDS_HELD_MAX:
                self._held[original.uuid] = original
                self._tree = None
                self._changed_at = now

    def drop(self, uuid: str) -> None:
        """Give a record to nobody any more."""
        if self._held.pop(uuid, None) is not None:
            self._tree = None
            self._ignore([uuid])

    def meet(self, peer: PeerId, now: Monotonic) -> list[BridgeEffect]:
        """Speak with a page that is there now."""
        if peer in self._partners or len(self._partners) >= PARTNERS_MAX:
            return []
        partner = self._partners[peer] = Partner(peer, now, wants=self._wants)
        return [*partner.ask(now)]

    def part(self, present: Iterable[PeerId]) -> None:
        """Forget the pages that are not among *present*."""
        kept = set(present)
        self._partners = {peer: partner for peer, partner in self._partners.items() if peer in kept}

    def receive(self, peer: PeerId, action: Action, now: Monotonic) -> list[BridgeEffect]:
        """Take an action; what is none of the app's, or makes no sense, is ignored."""
        if action.name not in (ROOT, SUBTREE, RECORDS):
            return []
        met = self.meet(peer, now)
        partner = self._partners.get(peer)
        return met if partner is None else [*met, *self._take(partner, action, now)]

    def settle(
        self, peer: PeerId, saved: Iterable[Original], refused: Iterable[str], now: Monotonic
    ) -> list[BridgeEffect]:
        """Learn what became of a `Take`."""
        self.hold(saved, now)
        self._ignore(refused)
        partner = self._partners.get(peer)
        return [] if partner is None else [*partner.settle(now)]

    def tick(self, now: Monotonic) -> list[BridgeEffect]:
        """Act on what is due."""
        said = [say for partner in self._partners.values() for say in partner.tick(now)]
        if now >= self._changed_at + ROOT_QUIET_SECONDS:
            self._changed_at = NEVER
        return [*said, *self._tell_roots(now)]

    def _wants(self, uuid: str) -> bool:
        return uuid not in self._held and uuid not in self._ignored and len(self._held) < RECORDS_HELD_MAX

    def _ignore(self, uuids: Iterable[str]) -> None:
        for uuid in uuids:
            self._ignored[uuid] = None
            if len(self._ignored) > RECORDS_IGNORED_MAX:
                del self._ignored[next(iter(self._ignored))]

    def _tell_roots(self, now: Monotonic) -> list[Say]:
        if self._changed_at != NEVER or not self._held:
            return []
        return [
            say
            for partner in self._partners.values()
            for say in partner.tell_root(self.tree.root, self._held.keys(), now)
        ]

    def _take(self, partner: Partner, action: Action, now: Monotonic) -> list[BridgeEffect]:
        match action.name, action.payload:
            case "rootHash", {"merkleRoot": str(root)}:
                return [*partner.ask(now, is_due=root != self.tree.root)]
            case "subtree", {"requestSubtreeHashes": {"path": str(path), "depth": int()}}:
                return self._answer(partner, path, now)
            case "subtree", {"subtreeHashes": list(entries)}:
                return [*partner.hear_hashes(entries, now), *self._tell_roots(now)]
            case "subtree", {"requestRecords": list(uuids)}:
                return self._give(partner, uuids, now)
            case "fullRecord", dict(records):
                return [*partner.hear_records(records)]
            case _:
                return []

    def _answer(self, partner: Partner, path: str, now: Monotonic) -> list[BridgeEffect]:
        """Say what the page lacks beneath *path*."""
        if len(path) > PATH_BYTES_MAX or not partner.questions.spend(1, now):
            return []
        node = self.tree.find(path)
        entries: list[Json] = []
        left = UUIDS_PER_MESSAGE_MAX
        for place, child in [] if node is None else children(path, node):
            lacking = [uuid for uuid in self.tree.beneath(child) if not partner.holds(uuid)][:left]
            left -= len(lacking)
            if lacking:
                entries.append({"path": place, "hash": child.hash, "uuids": [*lacking], "hasChildren": False})
        return [Say(partner.peer, SUBTREE, {"subtreeHashes": entries})]

    def _give(self, partner: Partner, uuids: list[Json], now: Monotonic) -> list[BridgeEffect]:
        asked = {uuid: None for uuid in uuids[:UUIDS_PER_MESSAGE_MAX] if isinstance(uuid, str)}
        found = [self._held[uuid] for uuid in asked if uuid in self._held]
        if not partner.given.spend(len(found), now):
            return []
        partner.note([original.uuid for original in found])
        parts = [found[start : start + RECORDS_PER_MESSAGE] for start in range(0, len(found), RECORDS_PER_MESSAGE)]
        return [Say(partner.peer, RECORDS, {original.uuid: original.write() for original in part}) for part in parts]
