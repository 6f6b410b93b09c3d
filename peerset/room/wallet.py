"""The grants that a writer holds in its room, and which of them a record is to carry."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.filter import Filter
from peerset.core.grant import GRANT_TAG, Grant, grants_in, read_grant
from peerset.core.heir import HEIR_TAG, Succession, is_succession, read_succession
from peerset.core.keys import PublicKey, SecretKey, npub
from peerset.core.limits import HEIRS_MAX
from peerset.core.record import RecordId
from peerset.core.signal import RoomName
from peerset.core.typed import read_text, several
from peerset.data.desk import Draft
from peerset.errors import ConfigError, MalformedError
from peerset.ports import GrantPolicy, Policy, Store

GRANTS_LOOKED_FOR: Final = 64
"""Among so many of our latest records."""
TOKENS_MAX: Final = 64
"""So many grants and successions a room is joined with."""

Token = Grant | Succession
"""What somebody else signed for us: a grant, or that we are their heir."""

_ID: Final = re.compile("[0-9a-f]{64}")


def read_grants(given: str | Iterable[str], room: RoomName) -> list[Token]:
    """Read what `peerset.join` is given: the text of one grant, or several, all for *room*; and of successions.

    Raises:
        ConfigError: one is no such text, for another room, or not signed by its owner; or they are too many.

    """
    texts = several("grants", given, singles=(str, bytes))
    if len(texts) > TOKENS_MAX:
        raise ConfigError(f"grants: a room is joined with at most {TOKENS_MAX}, not {len(texts)}")
    grants = [_read(each) for each in texts]
    for grant in grants:
        if isinstance(grant, Succession):
            if not grant.is_genuine:
                raise ConfigError(f"{npub(grant.key)} did not sign that {npub(grant.heir)} is its heir")
        elif not grant.is_genuine(room.tag):
            raise ConfigError(f"a grant by {npub(grant.owner)} was not signed by it, or is for another room")
    return grants


def check_writer(grants: Iterable[Token], author: PublicKey | None) -> None:
    """Make sure that *grants* are for us, *author*; None stands for a key that is made only now.

    Raises:
        ConfigError: one is for another key, or names an heir that is neither us nor one before us.

    """
    given = list(grants)
    whom = "a new key" if author is None else npub(author)
    before = {author, *(each.key if isinstance(each, Succession) else each.owner for each in given)}
    for grant in given:
        if isinstance(grant, Succession):
            if grant.heir not in before:
                raise ConfigError(f"{npub(grant.key)} names {npub(grant.heir)} as its heir, but you write as {whom}")
        elif grant.writer != author:
            raise ConfigError(f"a grant is for {npub(grant.writer)}, but you write as {whom}")


class Wallet:
    """The grants of *author*, and what of *policies* asks for any."""

    def __init__(
        self,
        author: PublicKey,
        grants: Sequence[Token],
        policies: Sequence[Policy],
        *,
        secret: SecretKey | None = None,
    ) -> None:
        self.secret = secret
        """Signs grants of ours; None where our key is elsewhere."""
        self._author = author
        own = [each for each in grants if isinstance(each, Grant)]
        self._grants = sorted(own, key=lambda grant: (-grant.until, grant.text))
        heirs = [each for each in grants if isinstance(each, Succession)]
        self._heirs = sorted(heirs, key=lambda said: (said.since, said.text))
        self._policies = [policy for policy in policies if isinstance(policy, GrantPolicy)]

    @property
    def is_granted(self) -> bool:
        """Whether we write by grants of others."""
        return bool(self._grants)

    @property
    def owner(self) -> PublicKey | None:
        """For whom we write, as a device does; None: for ourselves."""
        return next((grant.owner for grant in self._grants if grant.is_on_behalf), None)

    def take(self, texts: Iterable[str]) -> None:
        """Write by these grants, too, of those by whose grants we do already: nobody else makes us carry theirs."""
        owners = {grant.owner for grant in self._grants}
        fresh = {grant.text: grant for grant in map(read_grant, texts) if grant.owner in owners}
        fresh.update((grant.text, grant) for grant in self._grants)
        self._grants = sorted(fresh.values(), key=lambda grant: (-grant.until, grant.text))

    def asking(self, kind: int, collection: str | None) -> GrantPolicy | None:
        """Give the policy that wants a grant of a record of ours; None without any."""
        return next((each for each in self._policies if each.asks(self._author, kind, collection)), None)

    def tags(self, draft: Draft, created_at: UnixTime) -> list[tuple[str, str]]:
        """Give the tags that *draft* is to carry: of its grants, and on behalf of others of those whose heir we are."""
        granted = [(GRANT_TAG, grant.text) for grant in self._granted(draft, created_at)]
        if not draft.is_on_behalf or not self._heirs or _value_in(draft, HEIR_TAG) is not None:
            return granted
        carried = [tag[1] for tag in (*draft.tags, *granted) if tag[0] == GRANT_TAG and len(tag) > 1]
        owners = [grant.owner for grant in self._grants if grant.is_on_behalf and grant.text in carried]
        return [*granted, *((HEIR_TAG, each.text) for each in self._before((*owners, self._author)[0], created_at))]

    def _before(self, author: PublicKey, created_at: UnixTime) -> list[Succession]:
        """Give the steps from *author* to who wrote first; of several heirs' tokens the earliest, then the lowest."""
        steps: list[Succession] = []
        while len(steps) < HEIRS_MAX:
            passed = [author, *(step.key for step in steps)]
            fitting = (each for each in self._heirs if each.heir == passed[-1] and each.key not in passed)
            step = next((each for each in fitting if each.since <= created_at), None)
            if step is None:
                break
            steps.append(step)
        return steps

    def _granted(self, draft: Draft, created_at: UnixTime) -> list[Grant]:
        """Give the grants that *draft* is to carry: one by which it may be written, and one of whom it speaks for.

        None where it has one already; and neither where a policy asks for it of others alone, or none is here. Where
        no policy is known that asks for any, others may have one of their own, which no address can name.
        """
        collection = _value_in(draft, "c")
        if _value_in(draft, GRANT_TAG) is not None:
            return []
        fitting = [grant for grant in self._grants if grant.covers(collection) and grant.holds_at(created_at)]
        speaking = [grant for grant in fitting if draft.is_on_behalf and grant.is_on_behalf][:1]
        policy = self.asking(draft.kind, collection)
        if policy is None:
            plain = [grant for grant in fitting if not grant.is_on_behalf]
            return speaking if speaking or self._policies else plain[:1]
        ours = [grant for grant in self._grants if grant.owner in policy.owners]
        admitting = [grant for grant in (*speaking, *fitting) if grant in ours]
        # One that does not fit lets whoever refuses it say why.
        found = [*(*admitting, *ours, *speaking, *self._grants)[:1], *speaking]
        return list(dict.fromkeys(found))

    async def granted(self, deletion: Draft, store: Store) -> Draft:
        """Give a deletion the grant by which we wrote: what we wrote we can delete, whatever has run out since.

        Raises:
            StoreError: the store cannot be read.

        """
        policy = self.asking(deletion.kind, None)
        if policy is None or any(grant.owner in policy.owners for grant in self._grants):
            return deletion
        named = [tag[1] for tag in deletion.tags if len(tag) > 1 and tag[0] == "e" and _ID.fullmatch(tag[1])]
        targets = await store.get([RecordId(bytes.fromhex(each)) for each in named])
        latest = await store.query(Filter(authors=frozenset([self._author]), limit=GRANTS_LOOKED_FOR))
        carried = [grant for record in (*targets, *latest) for grant in grants_in(record)]
        grants = [grant for grant in carried if grant.owner in policy.owners]
        return replace(deletion, tags=[*deletion.tags, *((GRANT_TAG, grant.text) for grant in grants[:1])])


def _value_in(draft: Draft, name: str) -> str | None:
    return next((tag[1] for tag in draft.tags if len(tag) > 1 and tag[0] == name), None)


def _read(given: object) -> Token:
    try:
        text = read_text("a grant", given).strip()
        return read_succession(text) if is_succession(text) else read_grant(text)
    except MalformedError as error:
        raise ConfigError(f"grants: {error}") from error
