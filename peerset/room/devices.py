"""Linked devices: what one of them asks, the grant that answers it, and what there are.

The answer lies in the room, in the collection `DEVICES`: a register of who grants, under the device's key in hex,
sealed for the device (NIP-44). So it comes by whatever way records come, the device finds it again, and a later one
takes its place (docs/protocol.md, "Linked devices").
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from copy import copy
from random import SystemRandom
from typing import Final

from peerset.core.action import Json
from peerset.core.address import parse_address
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.grant import known_grant, read_grant
from peerset.core.keys import PublicKey, SecretKey, npub
from peerset.core.limits import FUTURE_SECONDS_MAX, PAGE_DOCUMENTS_MAX
from peerset.core.linking import (
    LINK_NONCE_BYTES,
    LINK_SECONDS_MAX,
    Device,
    Link,
    LinkAnswer,
    LinkRequest,
    decode_answer,
    encode_answer,
    read_link,
    sign_link,
)
from peerset.core.linking_code import LinkingCode
from peerset.core.nip44 import conversation_key
from peerset.core.record import KIND_RECORD, Record
from peerset.core.signal import RoomTag
from peerset.core.typed import AnyKey, read_key, read_number, read_text
from peerset.data.collection import Collection
from peerset.data.doc import Doc
from peerset.data.renewal import look_after
from peerset.errors import ConfigError, MalformedError
from peerset.protocol.events import RecordAdded
from peerset.room.clocks import read_unix
from peerset.room.correspondence import Correspondence, opened, waited
from peerset.room.offer import DONE, REFUSED, TAKEN, Offer
from peerset.room.permission import GRANT_DAYS, owners_of
from peerset.room.stream import EventStream
from peerset.room.writer import Writer

DEVICES: Final = "peerset.devices"
LINK_MINUTES: Final = 10.0
"""For how long a request may be accepted unless it is said."""
RENEWED_AT: Final = 2 / 3
"""A grant is renewed once so much of its time is over."""


class Devices:
    """The devices of a room's user; made by `peerset.Room`."""

    def __init__(
        self,
        writer: Writer,
        room_tag: RoomTag,
        *,
        grant: Callable[..., str],
        collection: Callable[[], Collection[Json]],
        events: Callable[[type[RecordAdded]], EventStream],
        records: Callable[..., Awaitable[Sequence[Record]]],
        invitation: Callable[..., str],
        is_sealed: bool,
    ) -> None:
        self._writer = writer
        self._key = writer.signer.public_key
        self._own = writer.wallet.secret
        self._room_tag = room_tag
        self._grant = grant
        self._collection = collection
        self._events = events
        self._records = records
        self._invitation = invitation
        self._is_sealed = is_sealed
        self._rng = SystemRandom()

    # On the new device.

    def ask(self, name: str, *, minutes: float = LINK_MINUTES) -> LinkRequest:
        """Ask to write here for a key that is elsewhere: give what to show there, as *text*; it holds no secret.

        Raises:
            ConfigError: *name* is none of 1 to 64 bytes, *minutes* are none up to 60, or our key is not here.

        """
        seconds = _seconds("a device asks for", minutes)
        nonce, until = self._rng.randbytes(LINK_NONCE_BYTES), UnixTime(int(read_unix() + seconds))
        try:
            return sign_link(
                self._secret, room_tag=self._room_tag, nonce=nonce, until=until, name=read_text("a name", name)
            )
        except MalformedError as error:
            raise ConfigError(str(error)) from error

    async def answered(self, request: LinkRequest) -> Link:
        """Wait until *request* is accepted; say to your user for whom, since whoever saw the text could accept it.

        Raises:
            TimeoutError: nobody did in time.
            StoreError: the store cannot be read.
            RoomClosedError: the room was left, or failed.

        """
        return await waited(lambda: self._answer_to(request), self._events(RecordAdded), request.until)

    async def ask_by(self, code: LinkingCode, name: str, *, key: SecretKey) -> Link:
        """Ask by *code* to write here with *key*, and wait until its owner says yes; whoever asks joined by the code.

        That is ``join(code.asking, key=code.key)``; the device itself joins by ``code.room``, and with the grant.

        Raises:
            ConfigError: as `ask`, the owner says no, or the code was used already.
            TimeoutError: the code has run out, or nobody said anything in time.
            RecordError: a policy refused the record that asks.
            StoreError: the store cannot be read or written.
            RoomClosedError: the room was left, or failed.

        """
        if key.public_key == code.owner:
            raise ConfigError("this device has the key already: open the code on another one")
        if code.until <= read_unix():
            raise TimeoutError("the code has run out: have the other device show a new one")
        device = copy(self)
        device._key, device._own = key.public_key, key
        request = device.ask(name, minutes=min(code.until - read_unix(), LINK_SECONDS_MAX) / 60)
        talk = Correspondence(self._secret, code.owner, self._collection, code.until)
        stream = self._events(RecordAdded)
        await talk.say(request.text)

        async def answer() -> Link | None:
            link = await device._answer_to(request)
            said = None if link is not None else await talk.heard()
            if said == REFUSED:
                raise ConfigError("the other device said no")
            if said is not None and said.startswith(TAKEN) and said != TAKEN + request.nonce.hex():
                raise ConfigError("this code was used already: have the other device show a new one")
            return link

        link = await waited(answer, stream, request.until)
        await talk.say(DONE)
        return link

    async def links(self) -> list[Link]:
        """Give for whom we write here, as their latest grants say, the longest first; none that has run out."""
        found = [link for doc, answer in await self._answers(self._key) if (link := self._link(doc, answer))]
        return sorted(found, key=lambda link: (-link.until, link.owner))

    # On the device that has the key.

    def read(self, text: str) -> LinkRequest:
        """Read what a new device shows, so that its name and key can be shown before it is accepted.

        Raises:
            ConfigError: it is none, was not signed by the device, is for another room, or has run out.

        """
        try:
            request = read_link(read_text("what a new device shows", text))
        except MalformedError as error:
            raise ConfigError(str(error)) from error
        now = read_unix()
        if not request.is_genuine:
            raise ConfigError("no device signed this: it was changed on its way")
        if request.room_tag != self._room_tag:
            raise ConfigError("the device asks in another room: join that one here, too")
        if request.device == self._key:
            raise ConfigError("this is the device that asks: accept it where the other key is")
        if request.until < now:
            raise ConfigError("this has run out: have the device show a new one")
        if request.until > now + LINK_SECONDS_MAX + FUTURE_SECONDS_MAX:
            raise ConfigError("the device asks for longer than it may: look at its clock and at this one's")
        return request

    async def accept(
        self, request: str | LinkRequest, *, collections: str | Iterable[str] = (), days: float = GRANT_DAYS
    ) -> Device:
        """Let the device that shows *request* write here for us, for so many *days*; it hears of it through the room.

        Raises:
            ConfigError: as `read` and `peerset.Room.grant` say, or it was accepted already.
            RecordError: a policy refused the record that tells it.
            StoreError: the store cannot be read or written.
            RoomClosedError: the room was left, or failed.

        """
        asked = self.read(request if isinstance(request, str) else request.text)
        _, answer = await self._ours(asked.device)
        if answer is not None and answer.nonce == asked.nonce:
            raise ConfigError(f"this was accepted already, for {answer.name!r}: have the device show a new one")
        grant = self._grant(asked.device, collections=collections, days=days, on_behalf=True)
        return await self._put(asked.device, LinkAnswer(grant, asked.name, asked.nonce))

    def offer(self, *, minutes: float = LINK_MINUTES, page: str | None = None) -> Offer:
        """Make a code for a new device, which asks by opening it, and is accepted here; no secret of ours is in it.

        With *page*, the address of one that joins such rooms, it is a link that a camera opens.

        Raises:
            ConfigError: *minutes* are none up to 60, *page* is none, our key is not here or writes for another one, or
                nobody heeds grants of ours, by which a code asks.

        """
        seconds = _seconds("a code is good for", minutes)
        self._check_codes()
        key = SecretKey.generate(self._rng)
        # A sealed room hides the names of collections.
        names = () if self._is_sealed else (DEVICES,)
        grant = self._grant(key.public_key, collections=names, days=seconds / DAY_SECONDS)
        address = parse_address(self._invitation(grants=grant))
        code = LinkingCode(key, address, "" if page is None else read_text("a page", page))
        talk = Correspondence(self._secret, key.public_key, self._collection, code.until)
        return Offer(code, talk, read=self.read, accept=self.accept, events=self._events)

    async def all(self) -> list[Device]:
        """Give the devices that write for us, by their names; those whose grants have run out, too."""
        page = await self._collection().find(author=self._key, limit=PAGE_DOCUMENTS_MAX)
        found = [
            _device(key, answer)
            for doc in page
            if (key := _key_of(doc)) and (answer := self._open(doc, key)) is not None
        ]
        return sorted(found, key=lambda device: (device.name, device.key))

    async def renew(self, *, days: float | None = None) -> list[Device]:
        """Grant anew what has little time left, but has some, for as long as before; give whom. Refused as `accept`."""
        renewed = []
        for device in await self.all():
            grant, now = read_grant(device.grant), read_unix()
            if grant.since + RENEWED_AT * (grant.until - grant.since) <= now <= grant.until:
                names = () if grant.collections == "*" else grant.collections.split(" ")
                span = (grant.until - grant.since - FUTURE_SECONDS_MAX) / DAY_SECONDS if days is None else days
                text = self._grant(device.key, collections=names, days=span, on_behalf=True)
                _, answer = await self._ours(device.key)
                nonce = bytes(LINK_NONCE_BYTES) if answer is None else answer.nonce
                renewed.append(await self._put(device.key, LinkAnswer(text, device.name, nonce)))
        return renewed

    async def unlink(self, device: AnyKey | Device) -> None:
        """Grant *device* nothing more. What it was granted holds until its time is over, unless that is revoked.

        Raises:
            ConfigError: it is no device of ours.
            StoreError: the store cannot be read or written.
            RoomClosedError: the room was left, or failed.

        """
        key = device.key if isinstance(device, Device) else read_key(device)
        doc, _ = await self._ours(key)
        if doc is None:
            raise ConfigError(f"{npub(key)} is no device of ours here")
        await self._collection().delete(key.hex())

    # What both do.

    async def run(self) -> None:
        """Renew what is due, and take what was renewed for us, once an hour; what fails is tried again."""
        await look_after("grants of devices", self._look)

    async def _look(self) -> None:
        wallet = self._writer.wallet
        if wallet.secret is None:
            return
        # Where nothing was said to devices, there is no such collection.
        if await self._records(authors=self._key, tags={"c": [DEVICES]}, limit=1):
            await self.renew()
        if wallet.is_granted:
            wallet.take(link.grant for link in await self.links())

    @property
    def _secret(self) -> SecretKey:
        if self._own is None:
            raise ConfigError("who signs here signs records alone: link devices by a key that is here")
        return self._own

    def _check_codes(self) -> None:
        """Make sure that a device can ask here by a code of ours, and would write for us."""
        wallet = self._writer.wallet
        if wallet.owner is not None:
            raise ConfigError(f"this device writes for {npub(wallet.owner)}: link others where that key is")
        policy = wallet.asking(KIND_RECORD, None if self._is_sealed else DEVICES)
        if policy is not None:
            raise ConfigError(
                f"no device can ask by a code of ours: we are no owner, and {owners_of(policy)} lets keys write here. "
                "Accept the text that the device shows, and ask for a grant of its key, too"
            )

    async def _answer_to(self, request: LinkRequest) -> Link | None:
        for doc, answer in await self._answers(request.device):
            link = self._link(doc, answer)
            if link is not None and answer.nonce == request.nonce:
                return link
        return None

    async def _answers(self, device: PublicKey) -> list[tuple[Doc[Json], LinkAnswer]]:
        """Give what was said to *device*, which is us, by whomever."""
        page = await self._collection().find({"key": device.hex()}, limit=PAGE_DOCUMENTS_MAX)
        return [(doc, answer) for doc in page if (answer := self._open(doc, doc.record.author)) is not None]

    async def _ours(self, device: PublicKey) -> tuple[Doc[Json] | None, LinkAnswer | None]:
        """Give what we said to *device*."""
        page = await self._collection().find({"key": device.hex()}, author=self._key)
        doc = next(iter(page), None)
        return doc, None if doc is None else self._open(doc, device)

    def _open(self, doc: Doc[Json], other: PublicKey) -> LinkAnswer | None:
        """Read what is sealed between us and *other*; anybody may write nonsense there."""
        try:
            answer = decode_answer(opened(doc, conversation_key(self._secret, other)) or "")
            read_grant(answer.grant)
        except MalformedError:
            return None
        return answer

    def _link(self, doc: Doc[Json], answer: LinkAnswer) -> Link | None:
        grant = known_grant(answer.grant, self._room_tag)
        owner = doc.record.author
        if grant is None or not grant.is_on_behalf or (grant.owner, grant.writer) != (owner, self._key):
            return None
        if grant.until < read_unix():
            return None
        return Link(owner, answer.name, answer.grant, grant.until)

    async def _put(self, device: PublicKey, answer: LinkAnswer) -> Device:
        made = _device(device, answer)
        await Correspondence(self._secret, device, self._collection, made.until).say(encode_answer(answer))
        return made


def _seconds(what: str, minutes: float) -> float:
    seconds = read_number("minutes", minutes) * 60
    if not 0 < seconds <= LINK_SECONDS_MAX:
        raise ConfigError(f"{what} at most {LINK_SECONDS_MAX // 60} minutes, not {minutes}")
    return seconds


def _device(key: PublicKey, answer: LinkAnswer) -> Device:
    return Device(key, answer.name, answer.grant, read_grant(answer.grant).until)


def _key_of(doc: Doc[Json]) -> PublicKey | None:
    try:
        return read_key(doc.key or "")
    except ConfigError:
        return None
