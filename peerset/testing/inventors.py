"""Villains that make up what there is not: names for light members, and sketches of sets that nobody has.

So their rounds look like anybody's, and only what comes of them, or does not, tells.
"""

import random
from dataclasses import replace
from typing import Final

from peerset.core.clock import DAY_SECONDS, Moment
from peerset.core.limits import SKETCH_SYMBOLS_MAX
from peerset.core.message import Fin, Light, Message, More, Named, Records, Root, Sketch, Want
from peerset.core.signal import PeerId
from peerset.core.sketch import SYMBOL_BYTES, add_entries, pack_symbols, unpack_symbols
from peerset.core.window import start_of
from peerset.protocol.effects import Send
from peerset.protocol.inputs import Input, Received
from peerset.protocol.lightness import Entry, pack_names
from peerset.protocol.node import Node
from peerset.testing.hostile import Villain, heard
from peerset.testing.machine import Deed

NAMES: Final = 250
"""Made up in one message."""
NAMED_DAYS: Final = 60
"""For so many days before what a light member keeps whole records are made up."""
ITEMS_MAX: Final = 20
"""Made up in one sketch."""


class NamingVillain(Villain):
    """Names records that there are not in its rounds with light members."""

    names_max = 500
    """So many in all: the rest of its life it behaves."""
    repeats = False
    """It says another root than it has, so that no round with it ends equal and there is always a next one."""

    def __init__(self, node: Node, rng: random.Random) -> None:
        super().__init__(node, rng)
        self._edges: dict[PeerId, int] = {}
        self.made = 0
        """How many names it made up."""

    def overhear(self, peer: PeerId, data: bytes) -> None:
        """Remember from when on *peer* keeps content."""
        message = heard(data)
        if isinstance(message, Light):
            self._edges[peer] = message.content_from

    def distort(self, send: Send) -> list[Deed]:
        """Name more, beside what a round gives to a light member anyway."""
        message, edge = send.message, self._edges.get(send.peer, 0)
        if isinstance(message, Root) and self.repeats:
            return [replace(send, message=replace(message, digest=self.rng.randbytes(len(message.digest))))]
        if not edge or self.made >= self.names_max:
            return [send]
        if not isinstance(message, Named | Records | Want | Fin) or not message.round:
            return [send]
        self.made += NAMES
        names = [self._make_up(edge) for _ in range(NAMES)]
        return [Send(send.peer, Named(message.round, pack_names(names))), send]

    def _make_up(self, edge: int) -> Entry:
        return edge - 1 - self.rng.randrange(NAMED_DAYS * DAY_SECONDS), self.rng.randbytes(32)


class SketchVillain(Villain):
    """Says sketches of nothing or of what nobody has, and asks for more of those of others while there is any."""

    def __init__(self, node: Node, rng: random.Random) -> None:
        super().__init__(node, rng)
        self._heard: dict[tuple[PeerId, int], int] = {}
        self.said = self.asked = 0
        """How many sketches it spoiled, and how many it asked for in vain."""

    def receive(self, event: Input, now: Moment) -> list[Deed]:
        """Answer half of the sketches by asking for a symbol more, again and again."""
        message = heard(event.data) if isinstance(event, Received) else None
        if isinstance(event, Received) and isinstance(message, Sketch) and message.round % 2:
            place = (event.peer, message.round)
            self._heard[place] = self._heard.get(place, 0) + len(message.symbols) // SYMBOL_BYTES
            if self._heard[place] < SKETCH_SYMBOLS_MAX:
                self.asked += 1
                return [Send(event.peer, More(message.round, self._heard[place] + 1))]
        return super().receive(event, now)

    def distort(self, send: Send) -> list[Deed]:
        """Spoil what is said of the own set by sketches, and ask for far more of others' than it takes."""
        return [replace(send, message=self._spoil(send.message))]

    def _spoil(self, message: Message) -> Message:
        if isinstance(message, More) and message.symbols:
            return replace(message, symbols=SKETCH_SYMBOLS_MAX)
        if not isinstance(message, Sketch):
            return message
        self.said += 1
        if self.rng.random() < 0.5:
            return replace(message, symbols=self.rng.randbytes(len(message.symbols)))
        symbols = unpack_symbols(message.symbols)
        add_entries(symbols, [self._make_up(message) for _ in range(self.rng.randrange(1, ITEMS_MAX))])
        return replace(message, symbols=pack_symbols(symbols))

    def _make_up(self, sketch: Sketch) -> Entry:
        return self.rng.randrange(start_of(sketch.first_day), sketch.upto), self.rng.randbytes(32)
