"""What a policy's command and we tell each other: JSON objects, one a line (docs/policies.md, "In any language").

The command speaks first and introduces itself. Then each of our lines is a question, and each of its lines the
answer to the oldest open one. Our lines are ASCII, since some languages end a line at U+2028 too; its are UTF-8.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from peerset.core.record import Record, event_of
from peerset.core.rules import Manifest, canonical_json
from peerset.core.verdict import FAILED, Accept, PolicyClass, Reject, Verdict
from peerset.errors import ConfigError, PolicyError

PROTOCOL: Final = 1
LINE_BYTES_MAX: Final = 65_536
"""Of a line that the command says, without its end."""
QUESTION_BYTES_MAX: Final = 262_144
"""Of a line that we say, with its end: the largest record fits, though every character were escaped."""
REASON_CHARACTERS_MAX: Final = 200
RULE_CHARACTERS_MAX: Final = 64
SHOWN_CHARACTERS_MAX: Final = 80
"""How much of a wrong line an error shows."""

_CLASSES: Final = {kind.value: kind for kind in (PolicyClass.ADMISSION, PolicyClass.VIEW)}


@dataclass(frozen=True, slots=True)
class Introduction:
    """What a command says it is."""

    manifest: Manifest
    policy_class: PolicyClass


def write_question(seq: int, record: Record) -> bytes:
    """Write *record* as the question number *seq*, with its end of line; ``seq`` always comes first."""
    return json.dumps({"seq": seq, "record": event_of(record)}, separators=(",", ":")).encode("ascii") + b"\n"


def read_introduction(line: bytes) -> Introduction:
    """Read the first line of a command.

    Raises:
        PolicyError: it is no introduction; the message says what is wrong with it.

    """
    said = _read_object(line, {"protocol", "name", "version", "class"}, optional={"parameters", "hashes"})
    if type(said["protocol"]) is not int or said["protocol"] != PROTOCOL:
        raise PolicyError(f"speaks protocol {said['protocol']!r}, not {PROTOCOL}")
    kind, hashes = said["class"], said.get("hashes", [])
    if not isinstance(kind, str) or kind not in _CLASSES:
        raise PolicyError(f"is of the class {kind!r}, not one of {', '.join(_CLASSES)}")
    if not isinstance(hashes, list) or not all(isinstance(digest, str) for digest in hashes):
        raise PolicyError(f"states the hashes {hashes!r}, not a list of hexadecimal texts")
    try:
        parameters = canonical_json(said.get("parameters", {}))
        digests = tuple(bytes.fromhex(digest) for digest in hashes)
        manifest = Manifest(said["name"], said["version"], parameters, digests)  # type: ignore[arg-type]  # checked there
    except (ConfigError, ValueError, TypeError) as error:
        raise PolicyError(f"states no manifest: {error}") from error
    return Introduction(manifest, _CLASSES[kind])


def read_answer(line: bytes, seq: int, *, record: Record, policy: str) -> Verdict:
    """Read what the command answers to the question number *seq*, which was about *record*.

    Raises:
        PolicyError: it is no such answer; the message says what is wrong with it.

    """
    said = _read_object(line, {"seq", "verdict"}, optional={"reason", "rule", "span"})
    if type(said["seq"]) is not int or said["seq"] != seq:
        raise PolicyError(f"answered to {said['seq']!r} when {seq} was its turn")
    match said:
        case {"verdict": "accept"} if len(said) == 2:
            return Accept()
        case {"verdict": "reject", "reason": reason}:
            return Reject(
                policy,
                _phrase("reason", reason, most=REASON_CHARACTERS_MAX),
                _rule(said["rule"]) if "rule" in said else "",
                _span(said["span"], record) if "span" in said else None,
            )
        case _:
            raise PolicyError(f"gave neither accept alone nor reject with a reason: {_shown(line)}")


def _read_object(line: bytes, needed: Collection[str], *, optional: Collection[str]) -> dict[str, object]:
    try:
        said = json.loads(line.decode())
    except (ValueError, RecursionError) as error:
        raise PolicyError(f"said what is no JSON in UTF-8: {_shown(line)}") from error
    if not isinstance(said, dict):
        raise PolicyError(f"said no JSON object: {_shown(line)}")
    for name in sorted(set(needed) - said.keys()):
        raise PolicyError(f"left out {name!r}: {_shown(line)}")
    for name in sorted(said.keys() - set(needed) - set(optional)):
        raise PolicyError(f"said the unknown key {_shown(name.encode(errors='replace'))}")
    return said


def _phrase(name: str, value: object, *, most: int) -> str:
    # Reasons reach terminals, logs and other peers.
    if not isinstance(value, str) or not 0 < len(value.strip()) <= len(value) <= most or not value.isprintable():
        raise PolicyError(f"gave a {name} that is no printable text of 1 to {most} characters")
    return value


def _rule(value: object) -> str:
    # A room takes a refusal under this rule for no judgement at all.
    if value == FAILED:
        raise PolicyError(f"gave the rule {FAILED!r}, which only says that a policy broke")
    return _phrase("rule", value, most=RULE_CHARACTERS_MAX)


def _span(value: object, record: Record) -> tuple[int, int]:
    match value:
        case [int() as start, int() as end] if type(start) is type(end) is int:
            if 0 <= start <= end <= len(record.content):
                return start, end
    raise PolicyError(f"gave the span {value!r:.{SHOWN_CHARACTERS_MAX}}, which lies outside the content")


def _shown(line: bytes) -> str:
    text = line[:SHOWN_CHARACTERS_MAX].decode(errors="replace")
    return repr(text) + ("…" if len(line) > SHOWN_CHARACTERS_MAX else "")
