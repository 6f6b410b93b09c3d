"""A signer for other machines (NIP-46): it holds the key, and signs what its clients may have signed."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from peerset.bunker.clients import ClientBook, Permission
from peerset.bunker.relays import SignerRelays
from peerset.bunker.remote import REPEAT_SECONDS
from peerset.core.allowance import Allowance
from peerset.core.clock import Monotonic, UnixTime
from peerset.core.keys import PublicKey, SecretKey
from peerset.core.nip46 import (
    Answered,
    Asked,
    BunkerAddress,
    ClientAddress,
    Draft,
    decode_asked,
    decode_draft,
    encode_answer,
    encode_signed,
)
from peerset.core.record import sign_record
from peerset.errors import ConfigError, MalformedError, SignalingError
from peerset.signaling.kept_socket import SocketTimes

SECRET_BYTES: Final = 16
REQUESTS_PER_SECOND_MAX: Final = 20.0
REQUESTS_BURST_MAX: Final = 200
STRANGERS_PER_SECOND_MAX: Final = 1.0
STRANGERS_BURST_MAX: Final = 20
"""Who is no client is not answered at any pace."""


@dataclass(frozen=True, slots=True)
class Happened:
    """A client asked for something."""

    client: PublicKey
    method: str
    kind: int | None = None
    """Of the event that was to be signed."""
    refusal: str = ""
    """Why it was not done; empty when it was."""


class Bunker:
    """Serves *key* by *relays*: who comes first with the secret of `address` is let in with *permission*.

    So is the client that waits at *invited_by*, with what both that and *permission* say; its relays are served, too.

    Raises:
        ConfigError: a relay's address is none, or there are none or too many, or too many clients.

    """

    def __init__(
        self,
        key: SecretKey,
        relays: Sequence[str],
        clients: ClientBook,
        *,
        permission: Permission,
        tell: Callable[[Happened], None],
        unix: Callable[[], UnixTime],
        invited_by: ClientAddress | None = None,
        rng: random.Random | None = None,
        times: SocketTimes | None = None,
    ) -> None:
        rng = rng or random.SystemRandom()
        self._key, self._clients, self._permission, self._tell = key, clients, permission, tell
        self._secret = rng.randbytes(SECRET_BYTES).hex()
        self._is_secret_used = False
        self.address = BunkerAddress(key.public_key, tuple(relays), self._secret)
        """What a new client is given, once: whoever comes first with it is let in."""
        self._strangers = Allowance(STRANGERS_PER_SECOND_MAX, STRANGERS_BURST_MAX)
        self._allowances: dict[PublicKey, Allowance] = {}
        self._met = asyncio.Event()
        """Whether the client that waits for us has said anything; from the first where none waits."""
        self._invited_by, self._greeting = invited_by, rng.randbytes(SECRET_BYTES).hex()
        if invited_by is not None:
            relays = tuple(dict.fromkeys((*relays, *invited_by.relays)))
        self._relays = SignerRelays(relays, key, hear=self._hear, opened=self._greet, unix=unix, rng=rng, times=times)
        if invited_by is None:
            self._met.set()
        else:
            clients.add(invited_by.client, permission.of(invited_by.kinds))

    @property
    def is_open(self) -> bool:
        """Whether one relay at least carries what clients ask."""
        return self._relays.is_open

    async def run(self) -> None:
        """Serve until cancelled."""
        greeting = asyncio.create_task(self._greet_again(), name="greet a client")
        try:
            await self._relays.run()
        finally:
            greeting.cancel()
            await asyncio.wait([greeting])

    async def _greet_again(self) -> None:
        """Greet until the client says anything: relays keep nothing of this for one that comes a moment later."""
        pause = REPEAT_SECONDS
        while not self._met.is_set():
            self._greet()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._met.wait()
            pause *= 2

    def _greet(self) -> None:
        """Tell the client that waits for us that we are here, by the relays that are open."""
        if self._invited_by is not None:
            greeting = Answered(self._greeting, self._invited_by.secret)
            self._relays.publish(self._relays.make(self._invited_by.client, encode_answer(greeting)))

    def _hear(self, sender: PublicKey, text: str) -> None:
        if self._invited_by is not None and sender == self._invited_by.client:
            self._invited_by = None
            self._met.set()
        try:
            asked = decode_asked(text)
        except MalformedError as error:
            raise SignalingError(str(error)) from error
        # Strangers at whatever pace do not keep out who brings the secret.
        is_invited = asked.method == "connect" and self._is_secret(asked.parameters)
        if not is_invited and not self._allowance(sender).spend(1, Monotonic(asyncio.get_running_loop().time())):
            raise SignalingError("a client asks for too much")
        try:
            event = self._relays.make(sender, encode_answer(self._answer(sender, asked)))
        except MalformedError:
            event = self._relays.make(
                sender, encode_answer(Answered(asked.id, "", "what was signed is too long to be sent"))
            )
        self._relays.publish(event)

    def _allowance(self, sender: PublicKey) -> Allowance:
        if self._clients.get(sender) is None:
            return self._strangers
        return self._allowances.setdefault(sender, Allowance(REQUESTS_PER_SECOND_MAX, REQUESTS_BURST_MAX))

    def _answer(self, sender: PublicKey, asked: Asked) -> Answered:
        """Do what *sender* asks for, or say why not."""
        kind: int | None = None
        try:
            if asked.method == "sign_event":
                draft = decode_draft("".join(asked.parameters[:1]))
                kind = draft.kind
                result = self._sign(sender, draft)
            else:
                result = self._do(sender, asked)
            refusal = ""
        except (ConfigError, MalformedError) as error:
            result, refusal = "", str(error)
        self._tell(Happened(sender, asked.method, kind, refusal))
        return Answered(asked.id, result, refusal)

    def _do(self, sender: PublicKey, asked: Asked) -> str:
        if asked.method == "connect":
            self._connect(sender, asked.parameters)
            return "ack"
        self._permission_of(sender)
        match asked.method:
            case "ping":
                return "pong"
            case "get_public_key":
                return self._key.public_key.hex()
            case "switch_relays":
                return "null"
            case "logout":
                self._clients.remove(sender)
                self._allowances.pop(sender, None)
                return "ack"
            case _:
                raise ConfigError("this signer signs, and does nothing else")

    def _connect(self, sender: PublicKey, parameters: tuple[str, ...]) -> None:
        if self._clients.get(sender) is not None:
            return
        if not self._is_secret(parameters):
            raise ConfigError("the secret is wrong, or was used before: ask for a new address")
        self._clients.add(sender, self._permission)
        self._is_secret_used = True

    def _is_secret(self, parameters: tuple[str, ...]) -> bool:
        """Say whether who connects by *parameters* brings the secret, before anybody else did."""
        return not self._is_secret_used and parameters[1:2] == (self._secret,)

    def _permission_of(self, sender: PublicKey) -> Permission:
        permission = self._clients.get(sender)
        if permission is None:
            raise ConfigError("this client is not connected")
        return permission

    def _sign(self, sender: PublicKey, draft: Draft) -> str:
        if refusal := self._permission_of(sender).refusal(draft):
            raise ConfigError(refusal)
        record = sign_record(
            self._key,
            created_at=UnixTime(draft.created_at),
            kind=draft.kind,
            tags=draft.tags,
            content=draft.content,
        )
        return encode_signed(record)
