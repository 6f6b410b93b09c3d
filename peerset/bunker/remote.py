"""Asks a signer elsewhere to sign (NIP-46): what it gives back is checked like a stranger's."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hmac import compare_digest
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from peerset.core.clock import UnixTime
from peerset.core.keys import PublicKey, SecretKey, is_public_key
from peerset.core.nip46 import (
    Answered,
    Asked,
    BunkerAddress,
    Challenged,
    ClientAddress,
    Draft,
    decode_answer,
    encode_asked,
    encode_draft,
    parse_bunker_address,
    read_signed,
)
from peerset.core.record import Record
from peerset.errors import ConfigError, MalformedError, SignalingError, SignatureError
from peerset.files import writing
from peerset.keyfiles import ensure_key, key_directory

ANSWER_TIMEOUT_SECONDS: Final = 60.0
"""How long a signer may take, which may ask its user."""
CHALLENGE_TIMEOUT_SECONDS: Final = 600.0
"""How long its user may take, once there is a page to open, or an invitation to show it."""
SECRET_BYTES: Final = 16
REPEAT_SECONDS: Final = 2.0
"""What is not answered for so long is said again, then after twice as long, and so on."""
ASKED_MAX: Final = 256
URL_CHARACTERS_MAX: Final = 2_048

logger = logging.getLogger(__name__)

Challenge = Callable[[str], None]


def show_challenge(url: str) -> None:
    """Write where the user is to go into the log, as a warning."""
    logger.warning("the signer wants you to open %s", url)


@asynccontextmanager
async def connected_signer(
    address: str | BunkerAddress,
    *,
    key: SecretKey | None = None,
    on_challenge: Challenge = show_challenge,
    timeout: float = ANSWER_TIMEOUT_SECONDS,
    unix: Callable[[], UnixTime],
    rng: random.Random | None = None,
) -> "AsyncIterator[RemoteSigner]":
    """Be a client of the signer at *address*, ``bunker://…``, for the length of the block.

    *key* is the client's own, by which the signer knows it again; by default one in a file for each. *on_challenge* is
    given what the user must open first, if the signer says so. *timeout* is how many seconds an answer may take.

    Raises:
        ConfigError: the address is none, or the signer refuses us.
        SignalingError: it cannot be reached, or does not answer in time.

    """
    where = address if isinstance(address, BunkerAddress) else parse_bunker_address(address)
    own = key or ensure_key(client_path(where.signer))
    signer = RemoteSigner(where, own, on_challenge=on_challenge, timeout=timeout, unix=unix, rng=rng)
    work = asyncio.create_task(signer.run(), name="remote signer")
    try:
        await signer.connect()
        yield signer
    finally:
        work.cancel()
        await asyncio.wait([work])


@asynccontextmanager
async def invited_signer(
    relays: Sequence[str],
    *,
    show: Callable[[str], None],
    name: str = "peerset",
    kinds: Iterable[int] | None = None,
    key: SecretKey | None = None,
    on_challenge: Challenge = show_challenge,
    timeout: float = CHALLENGE_TIMEOUT_SECONDS,
    unix: Callable[[], UnixTime],
    rng: random.Random | None = None,
) -> "AsyncIterator[RemoteSigner]":
    """Be a client of whichever signer is given what *show* is given, ``nostrconnect://…``, for the length of the block.

    It is met by *relays*, and asked for what it signs of *kinds* (None: anything) for who calls itself *name*. *key* is
    the client's own, by default a fresh one, which is kept in a file: `RemoteSigner.address` leads back by it.
    *timeout* is how many seconds it may take until a signer answers.

    Raises:
        ConfigError: a relay's address is none, or the signer refuses us.
        SignalingError: nobody answered in time.

    """
    rng = rng or random.SystemRandom()
    own = key or SecretKey.generate(rng)
    secret = rng.randbytes(SECRET_BYTES).hex()
    wanted = None if kinds is None else frozenset(kinds)
    invitation = ClientAddress(own.public_key, tuple(relays), secret, wanted, name)
    signer = RemoteSigner(
        invitation, own, on_challenge=on_challenge, timeout=ANSWER_TIMEOUT_SECONDS, unix=unix, rng=rng
    )
    work = asyncio.create_task(signer.run(), name="remote signer")
    try:
        show(str(invitation))
        where = await signer.met(timeout)
        if key is None:
            _keep(own, client_path(where))
        yield signer
    finally:
        work.cancel()
        await asyncio.wait([work])


def client_path(signer: PublicKey) -> Path:
    """Give the file of the key by which the signer *signer* knows this machine again."""
    return key_directory().parent / "bunkers" / f"{signer.hex()[:32]}.key"


def _keep(key: SecretKey, path: Path) -> None:
    """Write a client's *key*, in place of one by which the same signer knew us before."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{path.parent} cannot be made: {error.strerror}") from error
    with writing(path, is_private=True) as file:
        file.write(f"{key.to_nsec()}\n".encode())


@dataclass(slots=True)
class _Waiting:
    event: Record
    answer: "asyncio.Future[str]"
    limit: asyncio.Timeout


class RemoteSigner:
    """Signs what another machine's key signs, once it is connected: see `connected_signer`."""

    def __init__(
        self,
        address: BunkerAddress | ClientAddress,
        key: SecretKey,
        *,
        on_challenge: Challenge,
        timeout: float,
        unix: Callable[[], UnixTime],
        rng: random.Random | None = None,
    ) -> None:
        self._address = address
        self._signer: asyncio.Future[PublicKey] = asyncio.get_running_loop().create_future()
        """Whom we speak to, once that is known."""
        if isinstance(address, BunkerAddress):
            self._signer.set_result(address.signer)
        self._on_challenge = on_challenge
        self._timeout = timeout
        self._rng = rng or random.SystemRandom()
        self._waiting: dict[str, _Waiting] = {}
        self._public_key: PublicKey | None = None
        # Websockets take long to load, and few rooms have a signer elsewhere.
        relays: Any = import_module("peerset.bunker.relays")
        self._relays = relays.SignerRelays(
            address.relays, key, hear=self._hear, opened=self._repeat, unix=unix, rng=self._rng
        )

    @property
    def public_key(self) -> PublicKey:
        """The author of what it signs.

        Raises:
            ConfigError: the signer is not connected yet.

        """
        if self._public_key is None:
            raise ConfigError("the signer is not connected yet")
        return self._public_key

    @property
    def address(self) -> str:
        """Where it is, ``bunker://…``, for who has the same client's key; without a secret, which counts but once.

        Raises:
            ConfigError: the signer is not connected yet.

        """
        if not self._signer.done():
            raise ConfigError("the signer is not connected yet")
        return str(BunkerAddress(self._signer.result(), self._address.relays))

    async def connect(self) -> None:
        """Introduce ourselves, and learn who signs; see `connected_signer` for what it raises."""
        said = self._address
        try:
            result = await self._ask("connect", self._signer.result().hex(), said.secret)
        except SignatureError as error:
            raise ConfigError(str(error)) from error
        if result not in ("ack", said.secret):
            raise ConfigError("the signer does not confirm that it knows us")
        await self._learn()

    async def met(self, timeout: float) -> PublicKey:
        """Wait until a signer answers our invitation, and learn who signs; give whom we speak to.

        Raises:
            ConfigError: the signer refuses us.
            SignalingError: nobody answers within *timeout* seconds.

        """
        try:
            async with asyncio.timeout(timeout):
                found = await asyncio.shield(self._signer)
        except TimeoutError as error:
            raise SignalingError(f"no signer answered in time ({self._relays.failures})") from error
        await self._learn()
        return found

    async def _learn(self) -> None:
        try:
            text = await self._ask("get_public_key")
        except SignatureError as error:
            raise ConfigError(str(error)) from error
        key = bytes.fromhex(text) if len(text) == 64 and all(each in "0123456789abcdef" for each in text) else b""
        if not is_public_key(key):
            raise ConfigError("the signer gave no public key of secp256k1")
        self._public_key = PublicKey(key)

    async def sign(self, *, created_at: int, kind: int, tags: Iterable[Iterable[str]], content: str) -> Record:
        """Have the event signed; nothing of ours is lost when that fails, and it may be tried again.

        Raises:
            MalformedError: it is too long to be sent to a signer.
            SignatureError: the signer refuses, or signed something else.
            SignalingError: it cannot be reached, or does not answer in time.

        """
        draft = Draft(created_at, kind, [tuple(tag) for tag in tags], content)
        return read_signed(await self._ask("sign_event", encode_draft(draft)), draft, self.public_key)

    async def run(self) -> None:
        """Speak to the relays until cancelled."""
        await self._relays.run()

    async def _ask(self, method: str, *parameters: str) -> str:
        if len(self._waiting) >= ASKED_MAX:
            raise SignalingError(f"the signer has not answered {ASKED_MAX} questions yet")
        name = self._rng.randbytes(16).hex()
        event = self._relays.make(self._signer.result(), encode_asked(Asked(name, method, parameters)))
        try:
            async with asyncio.timeout(self._timeout) as limit:
                waiting = _Waiting(event, asyncio.get_running_loop().create_future(), limit)
                self._waiting[name] = waiting
                await self._say(waiting)
                return waiting.answer.result()
        except TimeoutError as error:
            raise SignalingError(f"the signer did not answer in time ({self._relays.failures})") from error
        finally:
            self._waiting.pop(name, None)

    async def _say(self, waiting: "_Waiting") -> None:
        """Say it until it is answered: relays keep nothing of this for a signer that comes a moment later."""
        pause = REPEAT_SECONDS
        while not waiting.answer.done():
            self._relays.publish(waiting.event)
            await asyncio.wait({waiting.answer}, timeout=pause)
            pause *= 2

    def _repeat(self) -> None:
        """Say again what waits for an answer: a relay has opened, perhaps after it was lost."""
        for waiting in self._waiting.values():
            self._relays.publish(waiting.event)

    def _hear(self, sender: PublicKey, text: str) -> None:
        if self._signer.done() and sender != self._signer.result():
            return
        try:
            said = decode_answer(text)
        except MalformedError as error:
            raise SignalingError(str(error)) from error
        if not self._signer.done():
            # Whoever was shown the invitation has its secret; anybody else may say what they like.
            if isinstance(said, Answered) and compare_digest(said.result.encode(), self._address.secret.encode()):
                self._signer.set_result(sender)
            return
        waiting = self._waiting.get(said.id)
        # Several relays bring the same answer.
        if waiting is None or waiting.answer.done():
            return
        match said:
            case Challenged(_, url):
                self._challenge(waiting, url)
            case Answered(error=refusal) if refusal:
                waiting.answer.set_exception(SignatureError(f"the signer refuses: {ascii(refusal)[1:-1]}"))
            case Answered(result=result):
                waiting.answer.set_result(result)

    def _challenge(self, waiting: _Waiting, url: str) -> None:
        if not url.startswith(("https://", "http://")) or len(url) > URL_CHARACTERS_MAX or not url.isprintable():
            logger.warning("the signer wants its user to open something that is no page: it is not shown")
            return
        waiting.limit.reschedule(asyncio.get_running_loop().time() + CHALLENGE_TIMEOUT_SECONDS)
        self._on_challenge(url)
