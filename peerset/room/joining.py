"""Join a room: open the store, index it, and connect a node to the network."""

import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import groupby
from operator import itemgetter
from os import PathLike

from peerset.core.action import Missing
from peerset.core.address import Address
from peerset.core.block import sorted_columns
from peerset.core.bound import check_bound
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.day_sum import DaySum
from peerset.core.filter import Filter
from peerset.core.ice import IceServer
from peerset.core.key_signer import KeySigner
from peerset.core.keys import SecretKey
from peerset.core.lens import Lens
from peerset.core.limits import DISK_BYTES, INTEGER_MAX
from peerset.core.merkle import Index
from peerset.core.message import Role
from peerset.core.nip46 import BunkerAddress
from peerset.core.record import Record
from peerset.core.rules import Rules
from peerset.core.signal import RoomName
from peerset.core.typed import (
    AnyPhases,
    AnyRetention,
    read_retention,
    read_window,
)
from peerset.drive.limits import Limits
from peerset.moderation.content_rules import with_content_rules
from peerset.moderation.moderator import KINDS_OF_NOTES, Habits
from peerset.moderation.panel import close_policies
from peerset.moderation.rulebook import Rulebook, with_budget
from peerset.moderation.shadows import Shadows
from peerset.moderation.versions import Versions
from peerset.plugins import open_store
from peerset.ports import ColumnStore, DocumentStore, RecordSigner, Signaling, Store, Transport
from peerset.protocol.node import Node
from peerset.protocol.options import Holdings, Options
from peerset.room.addressed import Directions, read_room, read_veil
from peerset.room.arguments import (
    AnyPolicy,
    AnySeal,
    AnySigner,
    Keeping,
    OpenStore,
    Signer,
    read_keeping,
    read_policies,
    read_servers,
    read_signaling,
    read_signer,
    read_store,
)
from peerset.room.authors import AnyAuthor, take_author
from peerset.room.clocks import read_microseconds
from peerset.room.filing import Shelf, shelf_for
from peerset.room.host import Host, NetworkOptions, Veil, host_for
from peerset.room.parts import Parts, PartSettings, policies_alike, store_beside
from peerset.room.remembered import keep_sketch, kept_acquaintances, last_seen, resume_sketch, settle_retention
from peerset.room.room import Room
from peerset.room.sealing import Sealing
from peerset.room.unsealing import make_lens, settle_seals, unseal
from peerset.room.wallet import Token, Wallet, check_writer, read_grants
from peerset.room.writer import Writer
from peerset.stores.postgres.naming import store_of
from peerset.stores.projected import projected

logger = logging.getLogger(__name__)


@asynccontextmanager
async def join(
    room: str,
    *,
    app: str | None = None,
    key: AnySigner | Signer | RecordSigner | None = None,
    store: str | PathLike[str] | Store | OpenStore = "memory:",
    signaling: str | Iterable[str] | None = None,
    password: str = "",
    seal: AnySeal | None = None,
    phases: AnyPhases = None,
    ice_servers: str | IceServer | Iterable[str | IceServer] | None = None,
    relay: bool = False,
    policies: AnyPolicy | Iterable[AnyPolicy] | None = None,
    grants: str | Iterable[str] | None = None,
    receipts: bool = False,
    retention: AnyRetention | Missing = Missing(),  # noqa: B008 - an immutable value
    window: AnyRetention = None,
    bucket_seconds: int = DAY_SECONDS,
    disk_bytes: int = DISK_BYTES,
    files: Limits | None = None,
    seeder: bool = False,
    allow_loopback: bool = False,
    plain_channels: bool = False,
    host: Host | None = None,
) -> AsyncIterator[Room]:
    """Join *room* of *app* and leave it at the end of the block.

    *room* is a name, or an address or link that says more (docs/addresses.md): what stands there counts unless it is
    said here. Nothing is made, neither a store nor a key file, before everything is checked.

    *key* signs what you publish: a `SecretKey`, its nsec text, the name or path of a key file, which is made when it is
    missing, or a signer elsewhere: ``bunker://…`` (NIP-46; default: a fresh key, gone afterwards). *store* is a spec
    like ``"sqlite:lobby.db"``, a path, a `Store`, or an async function that opens one, called when all else is checked.
    *signaling* says how to meet, several ways at once: ``"wss://tracker.example"``, ``"nostr:wss://relay.example"``,
    ``"lan:"`` and others (docs/signaling.md; default: Trystero's public trackers; none at all: no network). *password*
    hides offers and answers from trackers and strangers. *seal* is a secret by which all that is written is sealed and
    read: ``seal1...`` text as `new_seal` gives it, a passphrase (which takes a second), or several, the newest first;
    whoever joins without it holds the room and reads nothing. *phases* is how long the room has one name towards them,
    such as ``"6h"``: those meet who say the same, and no tracker can follow the room. *ice_servers* replaces the
    default STUN servers; *relay* uses TURN servers only, so that peers do not learn your address. *bucket_seconds*
    divides a day. *seeder* tells others that this peer stays. *allow_loopback* lets peers of one machine meet.
    *plain_channels* sends data aiortc's own way, at half the pace. *host* shares a peer id and sockets; by default all
    rooms of an event loop do.
    *policies* are moderation rules, by object or by name, as in ``["words", "links:allow=zoom.us", MyPolicy()]``;
    peers with equal admission and set rules hold equal sets. *grants* are texts of `Room.grant` by which owners let us
    write where a policy asks for one, and of `name_heir`; what we write there carries those that fit. *receipts*
    publishes signed records that say what policies refused or shadowed here. *retention* is for how long records are
    kept: seconds, or a text such as ``"30d"``; None for as long as windows go (3,700 days). The store remembers it for
    joins that do not say (at first: 90 days).
    Peers that keep them for another time have other rules; they share what both keep. *window* makes a light member,
    which keeps the content of the newest days only: this is nobody else's matter, and no other rule. Of what is older
    the ids are known, so that the root is everybody's, and `Room.fetch` brings it back. *disk_bytes* is what *store*
    may take (at least 1 MiB): beyond it the oldest days lose their content here, first of authors nobody here knows,
    which `StorageEvicted` tells.
    *files* is how much files of more than 24 KiB may take here, as `Limits` say; None: they are not fetched or given.

    Raises:
        ConfigError: a bad name, address, spec or setting, or a signer elsewhere refuses us.
        SignalingError: a signer elsewhere cannot be reached, or does not answer.
        SealError: the store was filled by another secret than *seal*.
        StoreError: the store cannot be opened, or belongs to another room.

    """
    plan = _Plan(
        name=(name := (said := read_room(room, app)).name),
        store=read_store(store),
        signaling=(ways := read_signaling(said.signaling or None if signaling is None else signaling)),
        veil=read_veil(said, password=password, phases=phases, seal=seal),
        options=NetworkOptions(read_servers(ice_servers, signaling=ways), relay, allow_loopback, plain_channels),
        law=_read_law(said, read_signer(key), policies, grants),
        retention_seconds=said.retention if isinstance(retention, Missing) else read_retention(retention),
        window_seconds=read_window(window),
        keeping=read_keeping(disk_bytes, bucket_seconds, files),
        conduct=Conduct(Role.SEEDER if seeder else Role.MEMBER, receipts),
        host=host or host_for(name),
    )
    async with AsyncExitStack() as stack:
        yield await _enter(plan, stack)


@dataclass(frozen=True, slots=True)
class Conduct:
    """What a member is to others."""

    role: Role
    receipts: bool
    """Whether it says in public what its policies refuse."""


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """How to join a room; everything in it is checked, and nothing is made yet."""

    name: RoomName
    store: str | Store | OpenStore
    signaling: list[str] | None
    veil: Veil
    options: NetworkOptions
    law: "_Law"
    retention_seconds: int | None
    """None: as the store kept them before."""
    window_seconds: int | None
    """For how long their content is kept here, if for less time than the rules say."""
    keeping: Keeping
    conduct: Conduct
    host: Host

    @cached_property
    def rulebook(self) -> Rulebook:
        """The policies, with the budget that every room has; in a sealed room some judge what is opened."""
        return with_content_rules(self.law.rulebook) if self.veil.seals else self.law.rulebook

    def rules(self, retention_seconds: int) -> Rules:
        """Give the rules that records are judged by which are kept for so long."""
        return Rules(retention_seconds=retention_seconds, policies=self.rulebook.manifests)

    @property
    def forgets_author(self) -> bool:
        """Our records stay, and nothing that could sign as their author does."""
        return self.law.signer is None and isinstance(self.store, str) and not self.store.startswith("memory:")


@dataclass(frozen=True)
class _Law:
    """Who writes here, what is admitted and shown, and by whose leave we write."""

    signer: AnyAuthor | None
    policies: Sequence[AnyPolicy]
    grants: Sequence[Token]

    @cached_property
    def rulebook(self) -> Rulebook:
        """The policies, with the budget that every room has."""
        return with_budget(self.policies)


def _read_law(
    said: Address,
    signer: AnyAuthor | None,
    policies: AnyPolicy | Iterable[AnyPolicy] | None,
    grants: str | Iterable[str] | None,
) -> _Law:
    given = read_grants(said.grants if grants is None else grants, said.name)
    # Whose key is elsewhere is known once it is asked.
    if not isinstance(signer, BunkerAddress):
        check_writer(given, None if signer is None else signer.public_key)
    return _Law(signer, read_policies(said.policies if policies is None else policies), given)


async def _enter(plan: _Plan, stack: AsyncExitStack) -> Room:
    """Make what *plan* says, each part to be closed by *stack*."""
    name, host, rulebook = plan.name, plan.host, plan.rulebook
    if plan.host.collects and plan.retention_seconds is not None:
        check_bound(name.room, plan.rules(plan.retention_seconds))
    stack.push_async_callback(close_policies, (*rulebook.admission, *rulebook.views, *rulebook.set_rules))
    host.check(name, signaling=plan.signaling)
    lens = await make_lens(plan.veil.seals, name.tag)
    opened = await _open(plan.store, name)
    stack.push_async_callback(opened.aclose)
    unseal(opened, lens)
    await opened.bind(name.tag, is_private=bool(plan.veil.password or plan.veil.seals))
    sealing = Sealing(lens, await settle_seals(opened, lens))
    author = await take_author(plan.law.signer, host, stack)
    check_writer(plan.law.grants, author.signer.public_key)
    store = await projected(opened)
    shadows, set_bytes = await _cast_shadows(store, rulebook, lens)
    node = await _make_node(plan, store, author.session, set_bytes=set_bytes)
    parts = Parts(name, partial(_join_part, plan, author.part))
    shelf = await shelf_for(opened, plan.keeping.files)
    way = host.enter(name, plan.options, signaling=plan.signaling, veil=plan.veil)
    stack.push_async_callback(host.leave, name, plan.options)
    async with AsyncExitStack() as until_made:
        for each in way:
            until_made.push_async_callback(each.aclose)
        joined = await _make_room(
            plan, node, store, shadows, way=way, parts=parts, sealing=sealing, signer=author.signer, shelf=shelf
        )
        # From now on the room closes them.
        until_made.pop_all()
    stack.push_async_callback(keep_sketch, store, node)
    stack.push_async_callback(joined.leave)
    if plan.forgets_author:
        logger.info('no key was given: each run writes as another author; key="me" would keep one in a file')
    return joined


async def _open(store: str | Store | OpenStore, name: RoomName) -> Store:
    if callable(store):
        return await store()
    return await open_store(store_of(store, name) if isinstance(store, str) else store)


@asynccontextmanager
async def _join_part(whole: _Plan, signer: AnyAuthor, name: RoomName, own: PartSettings) -> AsyncIterator[Room]:
    """Join the part *name* as the whole was joined, but for what it has of its own."""
    policies = policies_alike(whole.law.policies, name) if own.policies is None else read_policies(own.policies)
    retention, window = whole.retention_seconds, whole.window_seconds
    if not isinstance(own.retention, Missing):
        retention = read_retention(own.retention)
    if not isinstance(own.window, Missing):
        window = read_window(own.window)
    plan = replace(
        whole,
        name=name,
        store=store_beside(whole.store, whole.name, name) if own.store is None else read_store(own.store),
        law=_Law(signer, policies, read_grants(own.grants, name)),
        retention_seconds=retention,
        window_seconds=window,
    )
    async with AsyncExitStack() as stack:
        yield await _enter(plan, stack)


async def _make_room(
    plan: _Plan,
    node: Node,
    store: DocumentStore,
    shadows: Shadows,
    *,
    way: tuple[Transport, Signaling],
    parts: Parts[Room],
    signer: RecordSigner,
    sealing: Sealing,
    shelf: Shelf | None,
) -> Room:
    transport, signaling = way
    veil = plan.veil if sealing.lens is None else replace(plan.veil, seals=sealing.lens.seals.texts)
    pen = sealing.pen(signer)
    secret = signer.key if isinstance(signer, KeySigner) else None
    wallet = Wallet(signer.public_key, plan.law.grants, plan.rulebook.admission, secret=secret)
    return Room(
        Directions(plan.name, plan.signaling or (), veil, plan.law.policies, node.retention_seconds),
        node,
        store,
        transport=transport,
        signaling=signaling,
        rulebook=plan.rulebook,
        shadows=shadows,
        notes={kind: await store.notes(kind) for kind in KINDS_OF_NOTES},
        # Who only looks at a store takes nothing from it.
        habits=Habits(
            plan.conduct.receipts,
            plan.keeping.disk_bytes if plan.host.collects else INTEGER_MAX,
            is_thinning=plan.host.collects,
        ),
        parts=parts,
        writer=Writer(pen, plan.name.tag, store, wallet=wallet, clock=read_microseconds, keys=pen.keys),
        sealing=sealing,
        shelf=shelf,
    )


async def _cast_shadows(store: Store, rulebook: Rulebook, lens: Lens | None) -> tuple[Shadows, int]:
    """Give who is shadowed, and how many bytes the wire forms of all records have."""

    async def load(day: int) -> Sequence[Record]:
        first = day * DAY_SECONDS
        return await store.query(Filter(since=UnixTime(first), until=UnixTime(first + DAY_SECONDS - 1)))

    versions = Versions(await store.versions(), kin=None if lens is None else lens.addresses)
    shadows = Shadows(rulebook.set_rules, versions, load=load)
    set_bytes = await _sum_up(store, shadows.begin)
    if shadows.reads_all:
        shadows.add(await store.query(Filter()), are_counted=True)
    await shadows.opener.settle()
    return shadows, set_bytes


async def _sum_up(store: Store, take: Callable[[Sequence[DaySum]], None]) -> int:
    """Give *take* the sums of *store*, a day at a time; say how many bytes of records they are about."""
    size = 0

    def count(sums: Sequence[DaySum]) -> None:
        nonlocal size
        size += sum(each.size for each in sums)
        take(sums)

    if isinstance(store, ColumnStore):
        await store.sums_by_day(count)
    else:
        for _, of_day in groupby(sorted(await store.sums()), key=itemgetter(0)):
            count(list(of_day))
    return size


async def _make_node(plan: _Plan, store: Store, key: SecretKey, *, set_bytes: int) -> Node:
    retention_seconds = await settle_retention(store, plan.retention_seconds)
    rules = plan.rules(retention_seconds)
    if plan.host.collects:
        check_bound(plan.name.room, rules)
    index = await _index(store, plan)
    holdings = Holdings(
        index=index,
        set_bytes=set_bytes,
        deleters=await store.deleters(),
        refused=await store.refused(rules.id),
        acquaintances=await kept_acquaintances(store),
        seen=await last_seen(store, index),
    )
    options = Options(
        rules=rules,
        has_policies=bool(plan.rulebook.admission),
        role=plan.conduct.role,
        window_seconds=plan.window_seconds,
        collects=plan.host.collects,
        has_files=plan.keeping.files is not None,
    )
    host = plan.host
    return Node(host.peer_id, key, room=plan.name, rng=host.rng, holdings=holdings, options=options)


async def _index(store: Store, plan: _Plan) -> Index:
    index = Index(bucket_seconds=plan.keeping.bucket_seconds)
    if not plan.host.indexes:
        return index
    if isinstance(store, ColumnStore):
        await store.columns(index.append)
        await resume_sketch(store, index)
    else:
        index.append(*sorted_columns(await store.entries()))
    return index
