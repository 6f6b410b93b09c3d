"""A session between two whole nodes, byte by byte, as docs/protocol.md shows it."""

from collections.abc import Iterator
from typing import Final

import msgpack

from peerset.core import wire
from peerset.core.clock import DAY_SECONDS, Monotonic, UnixTime
from peerset.core.clock import Moment as Instant
from peerset.core.message import Days, Hello, Message, Ranges
from peerset.core.ranges import make_salt
from peerset.core.signal import PeerId
from peerset.core.wire import LAYOUTS
from tests.protocol.pair import START, Net, fingerprint, make_record

HEX_COLUMN: Final = 24
LINE_BYTES: Final = 32

SHARED: Final = (make_record(1, at=START - 3 * DAY_SECONDS),)
ONLY_A: Final = (make_record(2, at=START - 3 * DAY_SECONDS + 60),)
ONLY_B: Final = (
    make_record(3, at=START - 3 * DAY_SECONDS + 90, author=2),
    make_record(4, at=START - 20 * DAY_SECONDS, author=2),
)


def play() -> list[tuple[str, bytes]]:
    """Let two nodes meet; give what each said, in order, by its name in the example."""
    said: list[tuple[str, bytes]] = []
    net = Net()
    names: dict[PeerId, str] = {}

    def listen(source: PeerId, _target: PeerId, data: bytes) -> bytes:
        said.append((names[source], data))
        return data

    net.tamper = listen
    one, two = net.add(1, [*SHARED, *ONLY_A]), net.add(2, [*SHARED, *ONLY_B])
    names.update({one.name: "A", two.name: "B"})
    net.connect(one, two)
    assert one.disk.keys() == two.disk.keys()
    assert net.now == Instant(Monotonic(1_000.0), UnixTime(START))
    return said


def show() -> str:
    """Write the whole example in Markdown."""
    said = play()
    net = Net()
    one, two = net.add(1), net.add(2)
    nonces = [message.nonce for message in map(wire.decode, (data for _, data in said)) if isinstance(message, Hello)]
    parts = [
        "```facts",
        f"fingerprint of A's certificate  {fingerprint(one, two).hex()}",
        f"fingerprint of B's certificate  {fingerprint(two, one).hex()}",
        f"salt of the session             {make_salt(*nonces).hex()}",
        "```",
    ]
    for number, (name, data) in enumerate(said, 1):
        message = wire.decode(data)
        parts += [f"\n{number}. {name} says *{type(message).__name__}*, {len(data)} bytes:\n", "```message"]
        parts += [*annotate(data, message), "```"]
    return "\n".join(parts)


def annotate(data: bytes, message: Message) -> Iterator[str]:
    """Give the lines that explain *data*: bytes in hexadecimal, then what they are."""
    layout = LAYOUTS[data[1]]
    yield _line(data[:1].hex(), f"array of {data[0] - 0x90}")
    yield _line(data[1:2].hex(), layout.kind.__name__)
    reader = msgpack.Unpacker(raw=True)
    reader.feed(data)
    reader.read_array_header()
    reader.skip()
    for field in layout.fields:
        start = reader.tell()
        value = reader.unpack()
        yield from _field(field, value, data[start : reader.tell()], message)


def _field(field: str, value: object, data: bytes, message: Message) -> Iterator[str]:
    match value:
        case bytes():
            body = len(value)
            yield _line(data[: len(data) - body].hex(" ", 1), f"{field}: {body} bytes")
            yield from _rows(value)
            yield from _contents(message)
        case list():
            yield _line(data[:1].hex(), f"{field}: array of {len(value)}")
            for blob in value:
                head = msgpack.packb(blob)[: -len(blob)]
                yield _line(head.hex(" ", 1), f"a record of {len(blob)} bytes")
                yield from _rows(blob)
        case _:
            yield _line(data.hex(), f"{field}: {str(value).lower()}")


def _contents(message: Message) -> Iterator[str]:
    """Say what packed bytes mean."""
    match message:
        case Days():
            for number, (count, short) in enumerate(message.cells):
                day = message.first_day + number * message.cell_days
                if count:
                    yield _line("", f"days {day} to {day + message.cell_days - 1}: {count}, {short.hex()}")
        case Ranges():
            for item in message.items:
                what = [short.hex() for short in getattr(item, "short_ids", ())]
                bound = f"({item.upper[0]}, {item.upper[1].hex() or 'empty prefix'})"
                yield _line("", " ".join([f"{type(item).__name__} up to {bound}", *what]))
        case _:
            pass


def _rows(data: bytes) -> Iterator[str]:
    return (data[at : at + LINE_BYTES].hex() for at in range(0, len(data), LINE_BYTES))


def _line(data: str, meaning: str) -> str:
    return f"{data:<{HEX_COLUMN}}{meaning}" if len(data) < HEX_COLUMN else f"{data}  {meaning}"
