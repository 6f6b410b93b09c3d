"""The asyncio driver of one node: waits for inputs and deadlines, performs effects, decides nothing.

One loop feeds the node. What takes time (offers, answers, verification) runs in owned tasks; what touches the
store runs in one task, in order. Each answers by an input.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from functools import partial
from typing import Any, Final, get_args

from peerset.core import wire
from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.lens import Lens
from peerset.core.message import Message, Records
from peerset.core.record import Record
from peerset.core.signal import Answer, PeerId
from peerset.core.verdict import Verdict
from peerset.errors import (
    PeersetError,
    RoomClosedError,
    StoreError,
)
from peerset.ports import Dialer, PromptStore, SharedStore, Signaling, Store, Transport
from peerset.protocol.effects import (
    AcceptAnswer,
    AddCandidate,
    Announce,
    BlobEffect,
    Disconnect,
    DropOffers,
    Effect,
    Emit,
    Expire,
    Judge,
    KeepAcquaintances,
    KeepRefused,
    Load,
    MakeAnswer,
    MakeOffers,
    Resolve,
    Save,
    SeldomEffect,
    Send,
    SendAnswer,
    SendOffer,
    StoreEffect,
    Verify,
)
from peerset.protocol.events import Happening
from peerset.protocol.inputs import (
    Closed,
    Drained,
    Expired,
    Input,
    Judged,
    Left,
    Loaded,
    Opened,
    Received,
    Resolved,
    Saved,
    SaveFailed,
    SignalingInput,
    TransportInput,
    Verified,
)
from peerset.protocol.node import Node
from peerset.room.actions import Actions
from peerset.room.audience import Audience
from peerset.room.byways import Byways
from peerset.room.caller import Caller
from peerset.room.clocks import read_clocks
from peerset.room.inputs import Inputs
from peerset.room.jobs import Jobs
from peerset.room.remembered import CLOCK, SEEN, keep_acquaintances
from peerset.verification.verifier import Verifier

LEAVE_TIMEOUT_SECONDS: Final = 3.0
PUMPED_INPUTS_MAX: Final = 256
"""How many inputs of the adapters wait for the node at once."""

logger = logging.getLogger(__name__)

_PUMPED: Final = frozenset(get_args(TransportInput) + get_args(SignalingInput))
"""Inputs of the adapters, which wait for a slot each."""


class Driver:
    """Runs *node* on the adapters.

    *judge* gives a verdict for each record that wants to be a member, and *collect* lets *store* collect. *on_event*
    sees every event in order, *on_step* is called whenever the node may have changed, and *on_failure* once, when
    something breaks that should not. Whoever watches in *audience* is told of every message.
    """

    def __init__(
        self,
        node: Node,
        *,
        store: Store,
        transport: Transport,
        signaling: Signaling,
        judge: Callable[[Sequence[Record]], Awaitable[Sequence[Verdict]]],
        collect: Callable[[UnixTime, UnixTime], Awaitable[Expired]],
        on_event: Callable[[Happening], None],
        on_step: Callable[[], None],
        on_failure: Callable[[RoomClosedError], None],
        on_blob: Callable[[BlobEffect], None] = lambda _: None,
        audience: Audience | None = None,
        lens: Lens | None = None,
    ) -> None:
        self.node = node
        self._store = store
        self._prompt = store if isinstance(store, PromptStore) else None
        self._transport = transport
        self.byways = Byways(transport)
        self._caller = Caller(transport if isinstance(transport, Dialer) else None, signaling)
        self.actions = Actions(transport)
        self._signaling = signaling
        self._judge = judge
        self._collect = collect
        self._on_event, self._on_step = on_event, on_step
        self._on_failure = on_failure
        self._on_blob = on_blob
        self._audience = audience or Audience()
        self._verifier = Verifier(lens)
        self._inputs = Inputs()
        self._deadline: Monotonic | None = None
        """Until when the loop waits."""
        self._slots = asyncio.Semaphore(PUMPED_INPUTS_MAX)
        self._store_jobs: Jobs[StoreEffect] = Jobs()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closed = False
        self._encoded: tuple[Message, bytes] | None = None
        """What was sent last: what is new goes to many."""

    def start(self) -> None:
        """Begin: look for peers, take inputs."""
        self._spawn(self._run(), "node")
        self._spawn(self._work_store(), "store")
        if isinstance(self._store, SharedStore):
            self._spawn(self._hear(self._store), "sharing")
        self._spawn(self._pump(self._transport.inputs()), "transport")
        self._spawn(self._pump(self._signaling.inputs()), "signaling")

    def post(self, event: Input) -> None:
        """Queue *event* for the node."""
        self._inputs.post(event)

    def own(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run *work* beside the node until the room is left; when it breaks, the room does."""
        self._spawn(work, name)

    def carry(self, peer: PeerId, stream: Transport) -> None:
        """Let *stream* be the channel to *peer*, until it is closed.

        Raises:
            TransportError: there are too many such.

        """
        self.byways.add(peer, stream)
        self._spawn(self._pump(stream.inputs()), "stream")

    def take(self, event: Input) -> None:
        """Let the node take *event* at once, before what waits for it."""
        self._take(event, self.now())
        # What the store answers comes by here, too.
        if self._store_jobs.is_empty:
            deadline = self.node.deadline
            if deadline is not None and (self._deadline is None or deadline < self._deadline):
                self._inputs.stir()
        self._on_step()

    def now(self) -> Moment:
        """Read both clocks."""
        return read_clocks()

    async def aclose(self) -> None:
        """Say goodbye, flush, close the adapters and end every task; takes at most a few seconds."""
        if self._is_closed:
            return
        self._is_closed = True
        now = self.now()
        self._perform(self.node.receive(Left(), now), now)
        closing = [
            asyncio.create_task(self.byways.aclose(), name="peerset-close-transport"),
            asyncio.create_task(self._signaling.aclose(), name="peerset-close-signaling"),
            asyncio.create_task(self._store_jobs.join(), name="peerset-flush-store"),
        ]
        done, late = await asyncio.wait(closing, timeout=LEAVE_TIMEOUT_SECONDS)
        await stop([*self._tasks, *late])
        await self._verifier.aclose()
        for task in done:
            if task.exception() is not None:
                logger.warning("leaving: %s", task.exception())

    # The loop.

    async def _run(self) -> None:
        now = self.now()
        self._perform(self.node.start(now), now)
        self._deadline = self.node.deadline
        while True:
            event = await self._inputs.next(self._deadline)
            now = self.now()
            if event is not None:
                self._take(event, now)
            for event in self._inputs.rest():
                self._take(event, now)
            self._deadline = self.node.deadline
            if self._deadline is not None and self._deadline <= now.monotonic:
                self._perform(self.node.tick(now), now)
                self._deadline = self.node.deadline
            self._on_step()

    def _take(self, event: Input, now: Moment) -> None:
        if type(event) in _PUMPED:
            self._slots.release()
            self._heed(event)
        effects = self.node.receive(event, now)
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug("%s -> %s", type(event).__name__, ", ".join(type(effect).__name__ for effect in effects))
        self._perform(effects, now)

    def _heed(self, event: Input) -> None:
        """Let those learn of what the adapters tell who stand beside the node."""
        match event:
            case Opened() | Closed():
                self.byways.heed(event)
                self.actions.heed(event)
            case Drained():
                self.actions.heed(event)
            case Received(peer, data):
                self._audience.overhear(peer, "in", data)
            case _:
                pass

    def _perform(self, effects: Sequence[Effect], now: Moment) -> None:
        for effect in effects:
            # What there is most of comes first.
            if isinstance(effect, Send):
                self._send(effect.peer, effect.message)
            elif isinstance(effect, Emit):
                self._on_event(effect.event)
            elif isinstance(effect, BlobEffect):
                self._on_blob(effect)
            else:
                self._perform_one(effect, now)

    def _perform_one(self, effect: SeldomEffect, now: Moment) -> None:
        match effect:
            case Save() | Load() | Resolve() | Expire() | KeepRefused() | KeepAcquaintances():
                self._begin_to_store(effect, now)
            case Disconnect(peer, reason):
                self.byways.disconnect(peer, reason)
            case DropOffers(offer_ids):
                self._caller.drop_offers(offer_ids)
            case Judge(batch, records):
                self._spawn(self._answer_with(partial(self._ask_judge, batch, records)), "judge")
            case Verify(batch, records):
                self._begin_to_verify(batch, records, now)
            case MakeOffers():
                self._spawn(self._answer_with(partial(self._caller.make_offers, effect)), "offers")
            case MakeAnswer(peer, offer):
                self._spawn(self._answer_with(partial(self._caller.make_answer, peer, offer)), "answer")
            case AcceptAnswer(peer, answer):
                self._spawn(self._accept_answer(peer, answer), "accept")
            case AddCandidate():
                self._caller.add_candidate(effect)
            case Announce() | SendOffer() | SendAnswer():
                self._spawn(self._caller.signal(effect), "signal")

    def _begin_to_verify(self, batch: int, records: tuple[Record, ...], now: Moment) -> None:
        if records:
            self._spawn(self._answer_with(partial(self._verify, batch, records)), "verify")
        else:
            # All of it was signed here.
            self._take(Verified(batch, ()), now)

    def _begin_to_store(self, effect: StoreEffect, now: Moment) -> None:
        # What was asked of the store before comes first.
        if isinstance(effect, Save) and self._store_jobs.is_idle and self._has_saved(effect):
            self._take(Saved(effect.batch), now)
        else:
            self._store_jobs.put(effect)

    def _has_saved(self, save: Save) -> bool:
        """Save a few records at once, where the store can."""
        if self._prompt is None or save.removed or save.filled:
            return False
        return self._prompt.add_at_once(save.records)

    def _send(self, peer: PeerId, message: Message) -> None:
        if self._encoded is None or self._encoded[0] != message:
            self._encoded = message, wire.encode(message)
        data = self._encoded[1]
        self._audience.overhear(peer, "out", data)
        self.byways.send(peer, data, records=len(message.blobs) if isinstance(message, Records) else 0)

    # Effects that take time, each answered by an input. Work is begun by the task that does it: one that ends before
    # its first step has begun nothing.

    async def _answer_with(self, begin: Callable[[], Awaitable[Input]]) -> None:
        self.post(await begin())

    async def _verify(self, batch: int, records: tuple[Record, ...]) -> Input:
        return Verified(batch, await self._verifier.verify(records))

    async def _ask_judge(self, batch: int, records: tuple[Record, ...]) -> Input:
        return Judged(batch, tuple(await self._judge(records)))

    async def _accept_answer(self, peer: PeerId, answer: Answer) -> None:
        failure = await self._caller.accept_answer(peer, answer)
        if failure is not None:
            self.post(failure)

    async def _use_store(self, effect: StoreEffect) -> Input | None:
        try:
            return await self._ask_store(effect)
        except StoreError as error:
            logger.error("%s failed: %s", type(effect).__name__, error)  # noqa: TRY400 - the message says it all
            match effect:
                case Save(batch) | Resolve(batch):
                    return SaveFailed(batch, str(error))
                case Load(peer, number):
                    return Loaded(peer, number, ())
                case Expire():
                    return Expired(0, None)
                case KeepRefused() | KeepAcquaintances():
                    return None

    async def _ask_store(self, effect: StoreEffect) -> Input | None:
        match effect:
            case Save(batch, records, removed, filled):
                await self._store.add(records, removed=removed)
                if filled:
                    await self._store.fill([record for record in records if record.id in filled])
                return Saved(batch)
            case Load(peer, number, ids):
                return Loaded(peer, number, tuple(await self._store.wires(ids)))
            case Resolve(batch, targets, questions):
                outlines, marks = await self._store.named(targets), await self._store.marks(questions)
                return Resolved(batch, tuple(outlines), tuple(marks))
            case Expire(before, seen, until):
                expired = await self._collect(before, until)
                await self._store.note(CLOCK, SEEN, str(seen))
                return expired
            case KeepRefused(refused, rules):
                await self._store.refuse(refused, rules=rules)
                return None
            case KeepAcquaintances(acquaintances):
                await keep_acquaintances(self._store, acquaintances)
                return None

    async def _work_store(self) -> None:
        while True:
            effect = await self._store_jobs.next()
            try:
                if (answer := await self._use_store(effect)) is not None:
                    self.take(answer)
            finally:
                self._store_jobs.finish()

    async def _hear(self, store: SharedStore) -> None:
        async for event in store.changed():
            self.take(event)

    # Tasks.

    async def _pump(self, inputs: AsyncIterator[Input]) -> None:
        # What the node has no time for waits in the adapters, whose buffers are bounded by peer.
        async for event in inputs:
            await self._slots.acquire()
            self.post(event)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=f"peerset-{name}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or task.exception() is None or self._is_closed:
            return
        cause = task.exception()
        logger.error("the room fails: %s: %s", type(cause).__name__, cause, exc_info=cause)
        error = RoomClosedError(f"the room failed: {cause}" if isinstance(cause, PeersetError) else "the room failed")
        error.__cause__ = cause
        self._on_failure(error)


async def stop(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancel *tasks* and wait for their end."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
