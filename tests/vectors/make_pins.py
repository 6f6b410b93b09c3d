"""Writes pins.json: pins with what they hold, and records that are none. Run it after a change of pins."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.limits import PIN_BYTES_MAX
from peerset.core.pin import pin_content, pin_tags
from peerset.core.record import KIND_PIN, KIND_RECORD, Record, event_of, sign_record
from peerset_moderation.pins import PinPolicy

FILE: Final = Path(__file__).with_name("pins.json")
NOTE: Final = (
    "pins: checked_in(event) is the event inside. refusals: events with good ids and signatures that hold nothing that "
    "may be pinned, each with what is said of it. sizes: a record whose wire form is so long can be pinned, or not. "
    "policy: who may pin, and the id of the manifest that says so."
)
KEY: Final = SecretKey(bytes([1]) * 32)
OTHER: Final = SecretKey(bytes([2]) * 32)
ROOM: Final = "00112233445566778899aabbccddeeff"
THEN: Final = UnixTime(1_780_000_000)
NOW: Final = UnixTime(1_790_000_000)


def make() -> str:
    """Give the text of the file."""
    keys = [key.public_key.hex() for key in (OTHER, KEY)]
    policy = PinPolicy.parse(f"allow={','.join(keys)}")
    pins = [(name, record, pin(record)) for name, record in records()]
    vectors = {
        "note": NOTE,
        "room": ROOM,
        "pins": [{"name": name, "inside": event_of(record), "event": event_of(of)} for name, record, of in pins],
        "refusals": [{"name": name, "says": says, "event": event_of(record)} for name, says, record in refusals()],
        "policy": {"allow": keys, "parameters": policy.manifest.parameters, "manifest": policy.manifest.id.hex()},
        "sizes": [[PIN_BYTES_MAX, True], [PIN_BYTES_MAX + 1, False]],
    }
    return json.dumps(vectors, indent=1) + "\n"


def records() -> Iterator[tuple[str, Record]]:
    """Name and record of what can be pinned."""
    yield "a document", sign()
    yield "a register", sign(kind=30_078, tags=(("c", "places"), ("d", "places/berlin"), ("us", "5")))
    yield "a receipt", sign(kind=1_079)
    yield "an empty text", sign("")
    yield "what expires", sign(tags=(("expiration", str(THEN + 60)),))
    yield "what expires at a time of several digits", sign(tags=(("expiration", "007"), ("expiration", "8")))
    yield "what never expires, whatever its tag says", sign(tags=(("expiration", "soon"),))


def refusals() -> Iterator[tuple[str, str, Record]]:
    """Name of what must not be read as a pin, what is said of it, and the record."""
    good = sign()
    text = pin_content(good)
    forged = base64.b64encode(good.wire[:-1] + bytes([good.wire[-1] ^ 1])).decode()
    yield "another kind", "a pin has kind 1081, not 1078", pin(good, kind=KIND_RECORD)
    yield "no tag", "a pin names another record than it holds", pin(good, tags=())
    yield "the tag of another", "a pin names another record than it holds", pin(good, tags=(("pin", "00" * 32),))
    yield (
        "a second tag",
        "a pin names another record than it holds",
        pin(good, tags=(("pin", "00" * 32), *pin_tags(good))),
    )
    yield "no base64", "the content of a pin is not base64", pin(good, content="?")
    yield "no padding", "the content of a pin is not base64", pin(good, content=text.rstrip("="))
    yield "a line feed", "the content of a pin is not base64", pin(good, content=text + "\n")
    yield "spare bits", "the content of a pin is not base64", pin(good, content="lR==")
    yield "nothing", "a pin holds no record", pin(good, content="")
    yield "half a record", "a pin holds no record", pin(good, content=text[: len(text) // 8 * 4])
    yield "a forged signature", "a pin holds a record that its author did not sign", pin(good, content=forged)
    for name, inside, outside in (("no end", "7", ()), ("another end", "7", ("8",)), ("an end of its own", "", ("7",))):
        ends = tuple(("expiration", text) for text in outside)
        target = sign(tags=(("expiration", inside),)) if inside else good
        yield name, "a pin expires when what it holds does", pin(target, tags=(("pin", target.id.hex()), *ends))
    for name, room in (("another room", (("h", "f" * 32),)), ("no room", ())):
        foreign = sign(room=room)
        yield name, "a pin holds a record of another room", pin(foreign)
    for name, kind in (("a deletion", 5), ("a pin", KIND_PIN), ("an ephemeral record", 20_000)):
        bare = sign(kind=kind)
        yield name, f"records of kind {kind} cannot be pinned", pin(bare)
    large = sign("x" * PIN_BYTES_MAX)
    size = len(large.wire)
    yield "too large", f"a record of {size} bytes; what is pinned has at most {PIN_BYTES_MAX}", pin(large)


def sign(
    content: str = "Grüß dich\n",
    *,
    kind: int = KIND_RECORD,
    tags: tuple[tuple[str, str], ...] = (),
    room: tuple[tuple[str, str], ...] = (("h", ROOM),),
) -> Record:
    return sign_record(KEY, created_at=THEN, kind=kind, tags=(*room, *tags), content=content)


def pin(
    record: Record, *, kind: int = KIND_PIN, tags: tuple[tuple[str, str], ...] | None = None, content: str | None = None
) -> Record:
    named = tuple(pin_tags(record)) if tags is None else tags
    text = base64.b64encode(record.wire).decode() if content is None else content
    return sign_record(OTHER, created_at=NOW, kind=kind, tags=(("h", ROOM), *named), content=text)


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
