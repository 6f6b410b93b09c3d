"""Join a room: open the store, index it, and connect a node to the network."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from peerset.core.clock import DAY_SECONDS
from peerset.core.filter import Filter
from peerset.core.ice import IceServer
from peerset.core.keys import SecretKey
from peerset.core.merkle import Index
from peerset.core.message import Role
from peerset.core.rules import Rules
from peerset.core.signal import RoomName
from peerset.moderation.moderator import KINDS_OF_NOTES
from peerset.moderation.panel import close_policies
from peerset.moderation.rulebook import Rulebook, open_policies
from peerset.moderation.shadows import Shadows
from peerset.plugins import open_store
from peerset.ports import Policy, SetRule, Signaling, Store, Transport
from peerset.protocol.node import Node
from peerset.room.host import Host, NetworkOptions, host_for
from peerset.room.room import Room


@asynccontextmanager
async def join(
    room: str,
    *,
    app: str = "peerset",
    key: SecretKey | None = None,
    store: str | Store = "memory:",
    trackers: Sequence[str] | None = None,
    password: str = "",
    ice_servers: Sequence[IceServer] | None = None,
    relay: bool = False,
    policies: Sequence[str | Policy | SetRule] = (),
    receipts: bool = False,
    bucket_seconds: int = DAY_SECONDS,
    seeder: bool = False,
    allow_loopback: bool = False,
    host: Host | None = None,
) -> AsyncIterator[Room]:
    """Join *room* of *app* and leave it at the end of the block.

    *key* signs what you publish (default: a fresh key, gone afterwards). *store* is a spec like
    ``"sqlite:lobby.db"`` or a `Store`. *trackers* are ``wss://`` addresses (default: Trystero's public list).
    *password* hides offers and answers from trackers and strangers. *ice_servers* replaces the default STUN
    servers; *relay* uses TURN servers only, so that peers do not learn your address. *bucket_seconds* divides a
    day. *seeder* tells others that this peer stays. *allow_loopback* lets peers of one machine meet. *host*
    shares a peer id and sockets; by default all rooms of an event loop do. *policies* are moderation rules, by object
    or by name, as in ``["words", "links:allow=zoom.us", MyPolicy()]``; peers with equal admission and set rules hold
    equal sets. *receipts* publishes signed records that say what they refused or shadowed here.

    Raises:
        ConfigError: a bad name, address, spec or setting.
        StoreError: the store cannot be opened, or belongs to another room.

    """
    name = RoomName(app, room)
    options = NetworkOptions(None if ice_servers is None else tuple(ice_servers), relay, allow_loopback)
    chosen = host or host_for(name)
    rulebook = open_policies(policies)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(close_policies, (*rulebook.admission, *rulebook.views))
        opened = await open_store(store)
        stack.push_async_callback(opened.aclose)
        await opened.bind(name.tag, is_private=bool(password))
        own = key or SecretKey.generate(chosen.rng)
        role = Role.SEEDER if seeder else Role.MEMBER
        node = await _make_node(
            name, opened, chosen, key=own, bucket_seconds=bucket_seconds, role=role, rulebook=rulebook
        )
        transport, signaling = chosen.enter(name, options, trackers=trackers, password=password)
        stack.push_async_callback(chosen.leave, name, options)
        joined = await _make_room(
            name, node, opened, rulebook, transport=transport, signaling=signaling, receipts=receipts
        )
        stack.push_async_callback(joined.leave)
        yield joined


async def _make_room(
    name: RoomName,
    node: Node,
    store: Store,
    rulebook: Rulebook,
    *,
    transport: Transport,
    signaling: Signaling,
    receipts: bool,
) -> Room:
    return Room(
        name,
        node,
        store,
        transport=transport,
        signaling=signaling,
        rulebook=rulebook,
        shadows=await _cast_shadows(store, rulebook),
        notes={kind: await store.notes(kind) for kind in KINDS_OF_NOTES},
        receipts=receipts,
    )


async def _cast_shadows(store: Store, rulebook: Rulebook) -> Shadows:
    shadows = Shadows(rulebook.set_rules)
    if not shadows.is_empty:
        shadows.add(await store.query(Filter()))
    return shadows


async def _make_node(
    name: RoomName, store: Store, host: Host, *, key: SecretKey, bucket_seconds: int, role: Role, rulebook: Rulebook
) -> Node:
    rules = Rules(policies=rulebook.manifests)
    return Node(
        peer_id=host.peer_id,
        key=key,
        room=name,
        rng=host.rng,
        index=Index.bulk(await store.entries(), bucket_seconds=bucket_seconds),
        deletions=await store.deletions(),
        role=role,
        refused=await store.refused(rules.id),
        rules=rules,
        has_policies=bool(rulebook.admission),
    )
