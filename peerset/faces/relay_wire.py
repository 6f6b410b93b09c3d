"""What clients of a Nostr relay say, and what a relay answers, as texts and values (NIP-01, 42, 45)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from peerset.errors import WireError
from peerset.faces.facade import Fate, Outcome

NAME_CHARACTERS_MAX: Final = 64
"""Of a subscription (NIP-01)."""


@dataclass(frozen=True, slots=True)
class Publish:
    """The client publishes *event*, as JSON has it."""

    event: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """The client asks for what *filters* say, and for what is new."""

    name: str
    filters: list[object]


@dataclass(frozen=True, slots=True)
class Count:
    """The client asks how much there is (NIP-45)."""

    name: str
    filters: list[object]


@dataclass(frozen=True, slots=True)
class Close:
    """The client wants no more of the subscription *name*."""

    name: str


@dataclass(frozen=True, slots=True)
class Prove:
    """The client proves a key (NIP-42)."""

    event: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Compare:
    """The client compares what matches *filter* (NIP-77); *message* is hexadecimal."""

    name: str
    filter: object
    message: str


@dataclass(frozen=True, slots=True)
class CompareMore:
    """The client goes on with the comparison *name*."""

    name: str
    message: str


@dataclass(frozen=True, slots=True)
class CompareNoMore:
    """The client ends the comparison *name*."""

    name: str


Said = Publish | Ask | Count | Close | Prove | Compare | CompareMore | CompareNoMore


def decode(text: str) -> Said:
    """Read what a client says.

    Raises:
        WireError: it is nothing that a client of a relay says.

    """
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WireError("not JSON") from error
    match message:
        case ["EVENT", dict(event)]:
            return Publish(event)
        case ["REQ", str(name), _, *_] if _is_name(name):
            return Ask(name, message[2:])
        case ["COUNT", str(name), _, *_] if _is_name(name):
            return Count(name, message[2:])
        case ["CLOSE", str(name)] if _is_name(name):
            return Close(name)
        case ["AUTH", dict(event)]:
            return Prove(event)
        case ["NEG-OPEN", str(name), filter_, str(text)] if _is_name(name):
            return Compare(name, filter_, text)
        case ["NEG-MSG", str(name), str(text)] if _is_name(name):
            return CompareMore(name, text)
        case ["NEG-CLOSE", str(name)] if _is_name(name):
            return CompareNoMore(name)
        case ["REQ" | "COUNT" | "CLOSE", str(), *_]:
            raise WireError(
                f"a subscription has a name of 1 to {NAME_CHARACTERS_MAX} characters, and at least a filter"
            )
        case _:
            raise WireError(
                "a message is an array of EVENT, REQ, CLOSE, COUNT, AUTH or NEG-OPEN and the like, and what follows it"
            )


def event(name: str, text: str) -> str:
    """Bring the record that *text* says to the subscription *name*."""
    return f'["EVENT",{json.dumps(name)},{text}]'


def stored(name: str) -> str:
    """Say that all that is here was sent."""
    return _encode(["EOSE", name])


def closed(name: str, reason: str) -> str:
    """End a subscription, for *reason*, which begins with a word of NIP-01 and a colon."""
    return _encode(["CLOSED", name, reason])


def counted(name: str, count: int, *, is_exact: bool) -> str:
    """Say how much there is."""
    return _encode(["COUNT", name, {"count": count} if is_exact else {"count": count, "approximate": True}])


def compared(name: str, message: str) -> str:
    """Answer in the comparison *name*, in hexadecimal."""
    return _encode(["NEG-MSG", name, message])


def comparison_refused(name: str, reason: str, *more: int) -> str:
    """End the comparison *name*, for *reason*; *more* is how many records it may have, where there are more."""
    return _encode(["NEG-ERR", name, reason, *more])


def notice(text: str) -> str:
    """Say something to people."""
    return _encode(["NOTICE", text])


def challenge(text: str) -> str:
    """Ask for a key."""
    return _encode(["AUTH", text])


def answer(name: str, fate: Fate) -> str:
    """Say what became of the event *name*."""
    match fate.outcome:
        case Outcome.TAKEN:
            return taken(name)
        case Outcome.KNOWN:
            return taken(name, "duplicate: it is here already")
        case Outcome.POSTPONED:
            return taken(name, fate.reason)
        case _:
            return refused(name, refusal(fate))


def refusal(fate: Fate) -> str:
    """Say why an event of this *fate* was not taken, by a word of NIP-01; empty where it was."""
    match fate.outcome:
        case Outcome.INVALID:
            return f"invalid: {fate.reason}"
        case Outcome.REFUSED:
            return f"{_WORDS_OF_POLICIES.get(fate.source, 'blocked')}: {fate.reason}"
        case Outcome.FAILED:
            return f"error: {fate.reason}"
        case _:
            return ""


def taken(name: str, text: str = "") -> str:
    """Say that the event *name* was taken."""
    return _encode(["OK", name, True, text])


def refused(name: str, reason: str) -> str:
    """Say that the event *name* was not taken, for *reason*, which begins with a word of NIP-01 and a colon."""
    return _encode(["OK", name, False, reason])


_WORDS_OF_POLICIES: Final[Mapping[str, str]] = {"work": "pow", "rate": "rate-limited"}
"""What NIP-01 calls a refusal by these; one by any other is ``blocked``."""


def _is_name(name: str) -> bool:
    return 1 <= len(name) <= NAME_CHARACTERS_MAX


def _encode(message: list[object]) -> str:
    return json.dumps(message, separators=(",", ":"))
