"""Who signs in a room: a key of this process, or a signer elsewhere, which is asked for each record (NIP-46)."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from peerset.bunker.remote import (
    ANSWER_TIMEOUT_SECONDS,
    CHALLENGE_TIMEOUT_SECONDS,
    Challenge,
    RemoteSigner,
    connected_signer,
    show_challenge,
)
from peerset.bunker.remote import invited_signer as invite
from peerset.core.key_signer import KeySigner
from peerset.core.keys import SecretKey
from peerset.core.nip46 import BunkerAddress
from peerset.core.typed import read_number, read_text, several
from peerset.ports import RecordSigner
from peerset.room.arguments import Signer
from peerset.room.clocks import read_unix
from peerset.room.host import Host

AnyAuthor = Signer | RecordSigner | BunkerAddress


@dataclass(frozen=True, slots=True)
class Author:
    """Who a member is: towards its neighbours, and in its records."""

    session: SecretKey
    """Proves who we are on channels: what signs for a room may sign events only."""
    signer: RecordSigner
    part: AnyAuthor
    """Signs in parts of the room."""


async def take_author(given: AnyAuthor | None, host: Host, stack: AsyncExitStack) -> Author:
    """Take who signs, a fresh key for None; what is elsewhere is connected, until *stack* is closed.

    Raises:
        ConfigError: a key file cannot be written, or the signer refuses us.
        SignalingError: it cannot be reached, or does not answer in time.

    """
    if given is None or isinstance(given, Signer):
        key = SecretKey.generate(host.rng) if given is None else given.take()
        return Author(key, KeySigner(key), Signer(key))
    if isinstance(given, BunkerAddress):
        given = await stack.enter_async_context(connected_signer(given, unix=read_unix))
    return Author(SecretKey.generate(host.rng), given, given)


@asynccontextmanager
async def remote_signer(
    address: str,
    *,
    key: SecretKey | None = None,
    on_challenge: Challenge = show_challenge,
    timeout: float = ANSWER_TIMEOUT_SECONDS,
) -> AsyncIterator[RemoteSigner]:
    """Connect to the signer at *address*, ``bunker://…`` (NIP-46), to join rooms by it: ``join("lobby", key=signer)``.

    *key* is our own as its client, by which it knows us again (default: one in a file for each signer). *on_challenge*
    is given the address of a page that the user must open first, if the signer wants that (default: the log shows it).
    *timeout* is how many seconds an answer may take.

    Raises:
        ConfigError: the address is none, or the signer refuses us.
        SignalingError: it cannot be reached, or does not answer in time.

    """
    seconds = read_number("timeout", timeout)
    async with connected_signer(address, key=key, on_challenge=on_challenge, timeout=seconds, unix=read_unix) as signer:
        yield signer


@asynccontextmanager
async def invited_signer(
    relays: str | Iterable[str],
    *,
    show: Callable[[str], None],
    name: str = "peerset",
    kinds: Iterable[int] | None = None,
    key: SecretKey | None = None,
    on_challenge: Challenge = show_challenge,
    timeout: float = CHALLENGE_TIMEOUT_SECONDS,
) -> AsyncIterator[RemoteSigner]:
    """Have a signer come to us (NIP-46): *show* is given ``nostrconnect://…``, which its user scans or pastes there.

    It is met on *relays*, asked to sign records of *kinds* (None: any) for who calls itself *name*, and connected until
    the end of the block: ``join("lobby", key=signer)``. *key* is our own as its client (default: a fresh one, kept in a
    file, so that ``join(key=signer.address)`` comes back later). *timeout* is how many seconds it may take to answer.

    Raises:
        ConfigError: a relay's address is none, or the signer refuses us.
        SignalingError: nobody answered in time.

    """
    urls = [read_text("a relay", each) for each in several("relays", relays, singles=(str, bytes))]
    seconds = read_number("timeout", timeout)
    async with invite(
        urls, show=show, name=name, kinds=kinds, key=key, on_challenge=on_challenge, timeout=seconds, unix=read_unix
    ) as signer:
        yield signer
