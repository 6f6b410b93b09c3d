"""One client of a relay face: its pace, its subscriptions, and what it proves."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import WSCloseCode, WSMsgType, web

from peerset.core.allowance import Allowance
from peerset.core.clock import Monotonic, UnixTime
from peerset.core.keys import PublicKey
from peerset.core.record import Record, RecordId, record_of
from peerset.errors import ConfigError, MalformedError, PeersetError, WireError
from peerset.faces import relay_wire
from peerset.faces.comparisons import Comparisons
from peerset.faces.facade import Facade, text_of
from peerset.faces.filters import Wanted, read_filter
from peerset.faces.gate import Gate
from peerset.faces.limits import FaceLimits
from peerset.faces.outlet import Outlet
from peerset.faces.pace import Pace
from peerset.faces.tally import FaceTally

KIND_AUTH: Final = 22_242
AUTH_SKEW_SECONDS: Final = 600
"""So far from our clock may what proves a key be dated (NIP-42)."""
KEYS_MAX: Final = 16
SETTLED_SECONDS: Final = 5.0
"""After that long whatever is in a store was told as new."""
COUNTED_AT_ONCE: Final = 1_024
PARTING_SECONDS_MAX: Final = 1.0

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Subscription:
    """What a client asked for under one name."""

    wanted: list[Wanted]
    answering: asyncio.Task[None] | None = None
    sent: set[RecordId] | None = field(default_factory=set)
    """What was sent while it is answered, which is not sent twice; None some time later."""

    def wants(self, record: Record) -> bool:
        """Say whether *record*, which is new, is to be sent."""
        if self.sent is not None and record.id in self.sent:
            return False
        return any(wanted.matches(record) for wanted in self.wanted)


class RelayClient:
    """Answers who is at the other end of *socket*, from *facade*.

    *challenge* is what one signs who proves a key; *is_admitted* says that it may come in without. What it is refused
    is counted in *tally*.
    """

    def __init__(
        self,
        socket: web.WebSocketResponse,
        facade: Facade,
        *,
        gate: Gate,
        limits: FaceLimits,
        challenge: str,
        is_admitted: bool,
        unix: Callable[[], UnixTime],
        tally: FaceTally,
    ) -> None:
        self._socket, self._facade, self._gate, self._limits = socket, facade, gate, limits
        self._challenge, self._is_admitted, self._unix = challenge, is_admitted, unix
        self._keys: frozenset[PublicKey] = frozenset()
        self._outlet = Outlet(socket, bytes_max=limits.unsent_bytes)
        self._messages = Pace(limits.messages_per_second, limits.messages_burst)
        self._bytes = Pace(limits.bytes_per_second, limits.bytes_burst)
        self._faults = Allowance(limits.faults_per_second, limits.faults_burst)
        self._is_slowed = False
        self._subscriptions: dict[str, _Subscription] = {}
        self._stop_following: Callable[[], None] = _nothing
        """While there are any, all that is new in the room is looked at."""
        self._turn = asyncio.Lock()
        """What is asked for is read one after the other."""
        self._places = asyncio.Semaphore(limits.records_under_way)
        self._count_refused = tally.refuse
        self._comparisons = Comparisons(facade, limits, self._outlet.put, tally.refuse)
        self._tasks: set[asyncio.Task[None]] = set()
        self._parting: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()
        """Why the connection ends, once it does."""

    async def run(self) -> None:
        """Answer until the client goes or is let go, or the room ends."""
        loop = asyncio.get_running_loop()
        timer = None
        if not self._is_admitted:
            self._outlet.put(relay_wire.challenge(self._challenge))
            late = "auth-required: you took too long to prove a key"
            timer = loop.call_later(self._limits.auth_seconds, self._check_admitted, late)
        works: set[asyncio.Future[Any]] = {
            self._spawn(self._read(), "reading"),
            self._spawn(self._outlet.run(), "sending"),
            self._spawn(self._wait_for_end(), "the room's end"),
            self._parting,
        }
        try:
            await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if timer is not None:
                timer.cancel()
            self._stop_following()
            self._comparisons.close()
            await self._end()
        for work in works:
            error = None if work.cancelled() else work.exception()
            if error is not None and not isinstance(error, OSError):
                raise error

    # What the facade tells.

    def added(self, record: Record, text: str) -> None:
        """Bring *record*, which is new, to those subscriptions that want it."""
        for name, subscription in self._subscriptions.items() if self._may_come_in else ():
            if not subscription.wants(record):
                continue
            if subscription.sent is not None:
                subscription.sent.add(record.id)
            if not self._outlet.put(relay_wire.event(name, text)):
                self._count_refused("slow")
                self._part(WSCloseCode.POLICY_VIOLATION, "you read too slowly")
                return

    def missed(self) -> None:
        """End all subscriptions: more was new at once than could be told."""
        for name in list(self._subscriptions):
            self._close(name)
            self._end_asking(name, "error: more was new at once than could be told; ask again")

    # What the client says.

    async def _read(self) -> None:
        async for message in self._socket:
            if message.type is not WSMsgType.TEXT:
                self._fault("invalid: a message is a text")
                continue
            text: str = message.data
            size = len(text) if text.isascii() else len(text.encode())
            await self._slow_down(size)
            if size > self._limits.message_bytes:
                self._fault(f"invalid: a message has at most {self._limits.message_bytes} bytes")
                continue
            try:
                await self._take(relay_wire.decode(text))
            except WireError as error:
                self._fault(f"invalid: {error}")

    async def _slow_down(self, size: int) -> None:
        """Read on when the client has waited for what it sent beyond its pace."""
        now = _now()
        behind = max(self._messages.take(1, now), self._bytes.take(size, now))
        if not behind:
            return
        if not self._is_slowed:
            self._is_slowed = True
            self._notice(
                f"rate-limited: you are read at {self._limits.messages_per_second:g} messages and"
                f" {self._limits.bytes_per_second:g} bytes a second"
            )
        await asyncio.sleep(behind)

    async def _take(self, said: relay_wire.Said) -> None:
        match said:
            case relay_wire.Publish(event):
                await self._publish(event)
            case relay_wire.Ask(name, filters):
                self._close(name)
                if wanted := self._read_filters(name, filters):
                    if not self._subscriptions:
                        self._stop_following = self._facade.follow(self)
                    subscription = self._subscriptions[name] = _Subscription(wanted)
                    subscription.answering = self._spawn(self._answer(name, subscription), "answering")
            case relay_wire.Count(name, filters):
                if wanted := self._read_filters(name, filters):
                    await self._count(name, wanted)
            case relay_wire.Close(name):
                self._close(name)
            case relay_wire.Compare(name) if not self._may_come_in:
                self._outlet.put(relay_wire.comparison_refused(name, self._count_refused(self._barred)))
            case relay_wire.Compare():
                self._spawn(self._comparisons.begin(said), "comparing")
            case relay_wire.CompareMore(name, message):
                await self._comparisons.go_on(name, message)
            case relay_wire.CompareNoMore(name):
                self._comparisons.end(name)
            case relay_wire.Prove(event):
                self._prove(event)

    async def _publish(self, event: dict[str, Any]) -> None:
        name = event.get("id")
        if not isinstance(name, str) or len(name) > relay_wire.NAME_CHARACTERS_MAX:
            self._fault("invalid: an event has an id of 64 hexadecimal digits")
            return
        if not self._may_come_in:
            self._refuse(name, self._barred)
            return
        try:
            record = record_of(event)
        except MalformedError as error:
            self._refuse(name, f"invalid: {error}")
            self._blame()
            return
        if record.kind == KIND_AUTH:
            self._refuse(name, "invalid: what proves a key is no record")
            return
        await self._places.acquire()
        self._spawn(self._bring(name, record), "bringing")

    async def _bring(self, name: str, record: Record) -> None:
        try:
            fate = await self._facade.bring(record)
        finally:
            self._places.release()
        if reason := relay_wire.refusal(fate):
            self._count_refused(reason)
        await self._outlet.give(relay_wire.answer(name, fate))

    def _read_filters(self, name: str, filters: list[object]) -> list[Wanted]:
        """Read what is asked for; what is refused is told, and nothing is given."""
        reason = ""
        open_filters = sum(len(each.wanted) for each in self._subscriptions.values())
        if not self._may_come_in:
            reason = self._barred
        elif len(filters) > self._limits.filters:
            reason = f"restricted: a request has at most {self._limits.filters} filters"
        elif len(self._subscriptions) >= self._limits.subscriptions:
            reason = f"restricted: {self._limits.subscriptions} subscriptions are open, which is all that there may be"
        elif open_filters + len(filters) > 2 * self._limits.subscriptions:
            reason = f"restricted: subscriptions have at most {2 * self._limits.subscriptions} filters together"
        else:
            try:
                return [read_filter(each, self._limits) for each in filters]
            except ConfigError as error:
                reason = f"unsupported: {error}"
        self._end_asking(name, reason)
        return []

    async def _answer(self, name: str, subscription: _Subscription) -> None:
        """Send what is here, then say so."""
        try:
            async with self._turn:
                for wanted in subscription.wanted:
                    async for page in self._facade.pages(wanted):
                        for record in page:
                            if subscription.sent is not None and record.id not in subscription.sent:
                                subscription.sent.add(record.id)
                                await self._outlet.give(relay_wire.event(name, text_of(record)))
        except PeersetError as error:
            self._forget(name)
            await self._outlet.give(relay_wire.closed(name, self._count_refused(f"error: {error}")))
            return
        await self._outlet.give(relay_wire.stored(name))
        # What was read a moment ago may not have been told as new yet.
        await asyncio.sleep(SETTLED_SECONDS)
        subscription.sent = None

    async def _count(self, name: str, filters: list[Wanted]) -> None:
        most = self._limits.records_counted
        found = set[RecordId]()
        try:
            for wanted in filters:
                async for page in self._facade.pages(wanted, count_max=most - len(found), size=COUNTED_AT_ONCE):
                    found |= {record.id for record in page}
        except PeersetError as error:
            self._end_asking(name, f"error: {error}")
            return
        await self._outlet.give(relay_wire.counted(name, len(found), is_exact=len(found) < most))

    def _close(self, name: str) -> None:
        subscription = self._forget(name)
        if subscription is not None and subscription.answering is not None:
            subscription.answering.cancel()

    def _forget(self, name: str) -> _Subscription | None:
        subscription = self._subscriptions.pop(name, None)
        if not self._subscriptions:
            self._stop_following()
        return subscription

    # Who the client is.

    @property
    def _may_come_in(self) -> bool:
        return self._is_admitted or self._gate.admits_key(self._keys)

    @property
    def _barred(self) -> str:
        if self._keys:
            return "restricted: none of your keys may come in"
        return "auth-required: prove a key that may come in"

    def _prove(self, event: dict[str, Any]) -> None:
        name = event.get("id")
        try:
            record = record_of(event)
        except MalformedError as error:
            self._fault(f"invalid: {error}")
            return
        reason = self._doubt(record)
        if reason:
            self._blame()
            self._refuse(str(name), f"invalid: {reason}")
            return
        self._keys |= {record.author}
        self._outlet.put(relay_wire.taken(str(name)))

    def _doubt(self, record: Record) -> str:
        """Say why *record* proves no key; empty where it does."""
        if record.kind != KIND_AUTH:
            return f"a key is proven by an event of kind {KIND_AUTH}"
        if abs(record.created_at - self._unix()) > AUTH_SKEW_SECONDS:
            return f"it is dated more than {AUTH_SKEW_SECONDS} s from our clock"
        if record.tag_value("challenge") != self._challenge:
            return "it is for another challenge"
        if not self._gate.is_meant(record.tag_value("relay") or ""):
            return "it is for another relay"
        if not record.has_valid_signature():
            return "its author did not sign it"
        return f"{KEYS_MAX} keys are all that one may prove" if len(self._keys) >= KEYS_MAX else ""

    def _check_admitted(self, reason: str) -> None:
        if not self._may_come_in:
            self._notice(reason)
            self._part(WSCloseCode.POLICY_VIOLATION, reason)

    # What it does not get.

    def _refuse(self, name: str, reason: str) -> None:
        self._outlet.put(relay_wire.refused(name, self._count_refused(reason)))

    def _end_asking(self, name: str, reason: str) -> None:
        self._outlet.put(relay_wire.closed(name, self._count_refused(reason)))

    def _notice(self, reason: str) -> None:
        self._outlet.put(relay_wire.notice(self._count_refused(reason)))

    # The end.

    def _fault(self, reason: str) -> None:
        """Say what is wrong with what the client said; with too much, it is let go."""
        self._notice(reason)
        self._blame()

    def _blame(self) -> None:
        if not self._faults.spend(1, _now()):
            reason = "too many of your messages make no sense"
            self._notice(f"invalid: {reason}")
            self._part(WSCloseCode.POLICY_VIOLATION, reason)

    async def _wait_for_end(self) -> None:
        await self._facade.ended.wait()
        self._part(WSCloseCode.SERVICE_RESTART, "the room was left; come back later")

    def _part(self, code: int, reason: str) -> None:
        if not self._parting.done():
            self._parting.set_result((code, reason))

    async def _end(self) -> None:
        """Send what is owed and close; who does not read is cut off."""
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        code, reason = self._parting.result() if self._parting.done() else (int(WSCloseCode.OK), "")
        self._parting.cancel()
        try:
            async with asyncio.timeout(PARTING_SECONDS_MAX):
                await self._outlet.flush()
                await self._socket.close(code=code, message=reason.encode())
        except (OSError, TimeoutError):
            logger.debug("a client of a relay face was cut off: %s", reason)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=f"relay client: {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _nothing() -> None:
    """Stop nothing."""


def _now() -> Monotonic:
    return Monotonic(asyncio.get_running_loop().time())
