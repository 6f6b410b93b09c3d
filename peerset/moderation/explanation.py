"""Why readers here do not see a record: which policy, of which class, by which rule, and where in the text."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from peerset.core.clock import Moment
from peerset.core.envelope import OpenedRecord, UnreadRecord, seal_id_of
from peerset.core.expiration import expires_at
from peerset.core.keys import npub
from peerset.core.receipt import Fate
from peerset.core.record import Record, RecordId
from peerset.core.verdict import PolicyClass
from peerset.errors import ConfigError
from peerset.moderation.curtain import Curtain, Hidden
from peerset.moderation.incomplete import why_incomplete
from peerset.moderation.refusals import Refusal, Refusals
from peerset.moderation.rulebook import Rulebook
from peerset.moderation.shadows import Shadowing, Shadows
from peerset.ports import Store

CONTEXT_CHARACTERS: Final = 16

MUTE = "mute"
"""Stands for a policy where a record is hidden because its author is muted."""

BATCH = "batch"
"""Stands for a policy where a record is hidden because the atomic batch that it is part of is not complete."""

SEAL: Final = "seal"
"""Stands for a policy where in a sealed room a record does not open."""

EXPIRATION: Final = "expiration"
"""Stands for a policy where a record is hidden because it has expired."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a record is refused, shadowed or hidden here."""

    id: RecordId
    fate: Fate
    policy: str
    """Its name; ``mute``: its author is muted, ``batch``: its batch is not complete, ``expiration``: it has expired."""
    policy_class: PolicyClass
    manifest: bytes
    """The 32 bytes that name the policy exactly; empty where there is none, and for one of an earlier life."""
    reason: str
    rule: str = ""
    """Which of the policy's rules; empty when there is only one."""
    masked: str = ""
    """Where in the content, with what was found starred out; empty when it is no matter of text."""


class Explainer:
    """Knows for one room where to ask."""

    def __init__(
        self,
        rulebook: Rulebook,
        store: Store,
        *,
        refusals: Refusals,
        shadows: Shadows,
        curtain: Curtain,
        now: Callable[[], Moment],
    ) -> None:
        self._rulebook = rulebook
        self._store = store
        self._refusals = refusals
        self._shadows = shadows
        self._curtain = curtain
        self._now = now

    async def explain(self, record_id: RecordId) -> Explanation | None:
        """Say why readers here do not see a record; None when they do.

        Raises:
            ConfigError: the record is neither here nor among the latest that were refused.
            StoreError: the store cannot be read.

        """
        refusal = self._refusals.get(record_id)
        if refusal is not None:
            return _of_refusal(refusal)
        found = await self._store.get([record_id])
        if not found:
            raise ConfigError(
                f"record {record_id.hex()[:8]} is neither here nor among the latest that policies refused here"
            )
        if closed := _why_closed(found[0]):
            return Explanation(record_id, Fate.HIDDEN, SEAL, PolicyClass.VIEW, b"", closed)
        await self._shadows.opener.settle()
        shadowing = self._shadows.examine(record_id) or self._shadows.superseding(found[0])
        if shadowing is not None:
            return _of_shadowing(record_id, shadowing)
        return self._of_hidden(found[0]) or self._of_expired(found[0]) or await self._of_incomplete(found[0])

    async def _of_incomplete(self, record: Record) -> Explanation | None:
        reason = await why_incomplete(self._store, record)
        return None if reason is None else Explanation(record.id, Fate.HIDDEN, BATCH, PolicyClass.VIEW, b"", reason)

    def _of_expired(self, record: Record) -> Explanation | None:
        at = expires_at(record)
        if at is None or at > self._now().unix:
            return None
        reason = f"it has expired, as its author wished: at {datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"
        return Explanation(record.id, Fate.HIDDEN, EXPIRATION, PolicyClass.VIEW, b"", reason)

    def _of_hidden(self, record: Record) -> Explanation | None:
        hidden = next((each for each in self._curtain.quarantine() if each.id == record.id), None)
        if hidden is not None:
            return _of_quarantine(record, hidden, self._manifest_of(hidden.policy))
        if record.author not in self._curtain.muted():
            return None
        reason = f"its author {npub(record.author)} is muted here"
        return Explanation(record.id, Fate.HIDDEN, MUTE, PolicyClass.VIEW, b"", reason)

    def _manifest_of(self, name: str) -> bytes:
        return next((policy.manifest.id for policy in self._rulebook.views if policy.name == name), b"")


def _why_closed(record: Record) -> str | None:
    if isinstance(record, UnreadRecord):
        return record.why.value
    is_blind = not isinstance(record, OpenedRecord) and seal_id_of(record.tags) is not None
    return "it is sealed, and no secret was given here" if is_blind else None


def _of_refusal(refusal: Refusal) -> Explanation:
    return Explanation(
        refusal.record.id,
        Fate.REFUSED,
        refusal.policy,
        PolicyClass.ADMISSION,
        refusal.manifest,
        refusal.reason,
        refusal.rule,
        masked(refusal.record.content, refusal.span) if refusal.span else "",
    )


def _of_shadowing(record_id: RecordId, shadowing: Shadowing) -> Explanation:
    rule = shadowing.rule
    manifest = rule.manifest
    return Explanation(record_id, Fate.SHADOWED, manifest.name, PolicyClass.SET_RULE, manifest.id, shadowing.reason)


def _of_quarantine(record: Record, hidden: Hidden, manifest: bytes) -> Explanation:
    where = masked(record.content, hidden.span) if hidden.span else ""
    return Explanation(
        record.id, Fate.HIDDEN, hidden.policy, PolicyClass.VIEW, manifest, hidden.reason, hidden.rule, where
    )


def masked(content: str, span: tuple[int, int]) -> str:
    """Show where *span* lies in *content*, with what it holds starred out after its first character."""
    start, end = span
    before = content[max(0, start - CONTEXT_CHARACTERS) : start]
    after = content[end : end + CONTEXT_CHARACTERS]
    hidden = content[start : start + 1] + "*" * max(0, end - start - 1)
    opening = "…" if start > CONTEXT_CHARACTERS else ""
    closing = "…" if len(content) > end + CONTEXT_CHARACTERS else ""
    return f"{opening}{before}{hidden}{after}{closing}"
