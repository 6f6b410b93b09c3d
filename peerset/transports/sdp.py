"""Session descriptions of strangers, read strictly before the WebRTC stack sees them (RFC 8866, RFC 8839, RFC 8841).

What is handed on is never the peer's text: a clean description is written from the values that passed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NoReturn

from peerset.core.limits import SDP_BYTES_MAX, SDP_CANDIDATES_MAX, SDP_FINGERPRINTS_MAX, SDP_LINES_MAX
from peerset.errors import RemoteProtocolError
from peerset.transports.candidate import Candidate, keep_usable, parse_candidate

Kind = Literal["offer", "answer"]

MEDIA_LINE: Final = re.compile(r"m=application ([1-9][0-9]{0,4}) UDP/DTLS/SCTP webrtc-datachannel")
SETUPS: Final[Mapping[Kind, frozenset[str]]] = {
    "offer": frozenset({"actpass", "active", "passive"}),
    "answer": frozenset({"active", "passive"}),
}
DIGEST_BYTES: Final[Mapping[str, int]] = {"sha-256": 32, "sha-384": 48, "sha-512": 64}
"""The hashes that the WebRTC stack verifies; fingerprints of others are left out."""
UNIQUE_ATTRIBUTES: Final = frozenset({"ice-ufrag", "ice-pwd", "setup", "mid", "sctp-port", "max-message-size"})
ICE_USER: Final = re.compile(r"[A-Za-z0-9+/]{4,32}")
"""Each check of ours repeats it to whomever a peer names. RFC 8839 allows 256, browsers and libraries have 4 to 16."""
ICE_PASSWORD: Final = re.compile(r"[A-Za-z0-9+/]{22,256}")
MID: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,16}")
NUMBER: Final = re.compile(r"[0-9]{1,10}")
SIZE: Final = re.compile(r"[0-9]{1,20}")
"""Some say the largest number of 64 bits for any size at all."""
MESSAGE_BYTES_DEFAULT: Final = 65_536
"""What a peer takes that names no size (RFC 8841, 6.1)."""
MESSAGE_BYTES_MIN: Final = 16_451
"""The longest frame we send."""
MESSAGE_BYTES_STATED_MAX: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The digest of the certificate that a peer will show in the DTLS handshake."""

    algorithm: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Description:
    """What an offer or an answer says, once it has passed every check."""

    kind: Kind
    ice_user: str
    ice_password: str
    fingerprints: tuple[Fingerprint, ...]
    setup: str
    mid: str
    sctp_port: int
    message_bytes_max: int
    """The largest message the peer takes; 0 is any size."""
    candidates: tuple[Candidate, ...]
    """Where the peer may be reached, its addresses spelled out."""
    hidden_candidates: tuple[Candidate, ...]
    """Those whose address hides behind a multicast DNS name, slow to resolve."""
    is_complete: bool
    """The peer will send no more candidates."""
    is_modern: bool
    """The peer seems to speak Trystero 0.23 or later: earlier ones take the ``ice-options`` out."""
    size_bytes: int = field(default=0, compare=False)
    """How long the text was that said so."""

    @property
    def sha256(self) -> bytes:
        """The SHA-256 fingerprint."""
        return next(item.digest for item in self.fingerprints if item.algorithm == "sha-256")

    def text(self) -> str:
        """Write a description with these values alone; hidden candidates and the end of candidates are left out."""
        lines = [
            "v=0",
            "o=- 1 1 IN IP4 0.0.0.0",
            "s=-",
            "t=0 0",
            f"a=group:BUNDLE {self.mid}",
            "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
            "c=IN IP4 0.0.0.0",
            f"a=mid:{self.mid}",
            f"a=sctp-port:{self.sctp_port}",
            f"a=max-message-size:{self.message_bytes_max}",
            *(f"a=candidate:{candidate.text()}" for candidate in self.candidates),
            f"a=ice-ufrag:{self.ice_user}",
            f"a=ice-pwd:{self.ice_password}",
            *(f"a=fingerprint:{item.algorithm} {item.digest.hex(':').upper()}" for item in self.fingerprints),
            f"a=setup:{self.setup}",
        ]
        return "\r\n".join(lines) + "\r\n"


def parse_description(text: str, kind: Kind, *, allow_loopback: bool = False) -> Description:
    """Read a peer's offer or answer for exactly one data channel section.

    Raises:
        RemoteProtocolError: it is too large, malformed, has other sections, or lacks what is needed.

    """
    attributes = _Attributes(*_split(text))
    stated = [parse_candidate(value) for value in attributes.all("candidate")]
    known = [candidate for candidate in stated if candidate is not None]
    open_ones, hidden = keep_usable(known, allow_loopback=allow_loopback)
    return Description(
        kind=kind,
        ice_user=attributes.one("ice-ufrag", ICE_USER),
        ice_password=attributes.one("ice-pwd", ICE_PASSWORD),
        fingerprints=_read_fingerprints(attributes.all("fingerprint", count_max=SDP_FINGERPRINTS_MAX)),
        setup=_read_setup(attributes, kind),
        mid=attributes.one("mid", MID),
        sctp_port=attributes.number("sctp-port", 1, 65_535),
        message_bytes_max=_read_message_size(attributes),
        candidates=open_ones,
        hidden_candidates=hidden,
        is_complete=attributes.has("end-of-candidates"),
        is_modern=attributes.has("ice-options"),
        size_bytes=len(text),
    )


def finish_description(text: str) -> str:
    """Make our own description fit to be sent: at most 32 candidates, the line that tells our dialect, one fingerprint.

    Of several fingerprints, WebRTC of Node shows only the last, and a channel is bound by SHA-256.
    """
    lines: list[str] = []
    count = 0
    for line in text.splitlines():
        count += line.startswith("a=candidate:")
        if line.startswith("a=candidate:") and count > SDP_CANDIDATES_MAX:
            continue
        if line.startswith("a=fingerprint:") and not line.startswith("a=fingerprint:sha-256 "):
            continue
        lines.append(line)
        if line.startswith("a=ice-pwd:"):
            lines.append("a=ice-options:trickle")
    return "\r\n".join(lines) + "\r\n"


class _Attributes:
    """The attributes of the media section, with those of the session where the section has none."""

    def __init__(self, session: Sequence[str], media: Sequence[str]) -> None:
        self._session = _collect(session)
        self._media = _collect(media)

    def has(self, name: str) -> bool:
        return name in self._session or name in self._media

    def all(self, name: str, *, count_max: int = SDP_LINES_MAX) -> Sequence[str]:
        values = self._media.get(name) or self._session.get(name) or []
        if len(values) > count_max:
            _refuse(f"{len(values)} lines of a={name}, at most {count_max} are taken")
        return values

    def one(self, name: str, pattern: re.Pattern[str]) -> str:
        values = self.all(name, count_max=1)
        if not values:
            _refuse(f"a={name} is missing")
        if not pattern.fullmatch(values[0]):
            _refuse(f"a={name} is malformed: {values[0][:64]!r}")
        return values[0]

    def number(self, name: str, least: int, most: int) -> int:
        value = int(self.one(name, NUMBER))
        if not least <= value <= most:
            _refuse(f"a={name} is {value}, outside {least} to {most}")
        return value


def _collect(lines: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith("a="):
            name, _, value = line[2:].partition(":")
            found.setdefault(name, []).append(value)
    return found


def _split(text: str) -> tuple[list[str], list[str]]:
    """Give the lines of the session and of its only media section."""
    if len(text) > SDP_BYTES_MAX:
        _refuse(f"more than {SDP_BYTES_MAX} bytes")
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    if len(lines) > SDP_LINES_MAX:
        _refuse(f"{len(lines)} lines, at most {SDP_LINES_MAX} are taken")
    for number, line in enumerate(lines, start=1):
        if not (line.isprintable() and "a" <= line[:1] <= "z" and line[1:2] == "="):
            _refuse(f"line {number} is not of the form x=text: {line[:64]!r}")
    # Names and titles may be in any script (RFC 8866, 5.3); nothing that is read here is.
    lines = [line for line in lines if line.isascii()]
    if lines[:1] != ["v=0"]:
        _refuse(f"begins with {text[:64]!r}, not with v=0")
    sections = [index for index, line in enumerate(lines) if line.startswith("m=")]
    if len(sections) != 1:
        _refuse(f"{len(sections)} media sections, exactly one is taken")
    start = sections[0]
    media = MEDIA_LINE.fullmatch(lines[start])
    if media is None or int(media[1]) > 65_535:
        _refuse(f"a section that is no data channel: {lines[start][:64]!r}")
    return lines[:start], lines[start + 1 :]


def _read_setup(attributes: _Attributes, kind: Kind) -> str:
    setup = attributes.one("setup", re.compile("[a-z]{1,10}"))
    if setup not in SETUPS[kind]:
        _refuse(f"a=setup is {setup!r} in an {kind}")
    return setup


def _read_message_size(attributes: _Attributes) -> int:
    if not attributes.has("max-message-size"):
        return MESSAGE_BYTES_DEFAULT
    size = int(attributes.one("max-message-size", SIZE))
    if 0 < size < MESSAGE_BYTES_MIN:
        _refuse(f"a=max-message-size is {size}, frames have up to {MESSAGE_BYTES_MIN} bytes")
    return min(size, MESSAGE_BYTES_STATED_MAX)


def _read_fingerprints(values: Sequence[str]) -> tuple[Fingerprint, ...]:
    found: dict[str, Fingerprint] = {}
    for value in values:
        algorithm, _, digest = value.partition(" ")
        algorithm = algorithm.lower()
        if algorithm not in DIGEST_BYTES:
            continue
        if algorithm in found:
            _refuse(f"two {algorithm} fingerprints")
        found[algorithm] = Fingerprint(algorithm, _read_digest(algorithm, digest))
    if "sha-256" not in found:
        _refuse("no sha-256 fingerprint")
    return tuple(found.values())


def _read_digest(algorithm: str, text: str) -> bytes:
    if not re.fullmatch(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2})*", text) or (len(text) + 1) // 3 != DIGEST_BYTES[algorithm]:
        _refuse(f"a malformed {algorithm} fingerprint: {text[:64]!r}")
    return bytes.fromhex(text.replace(":", ""))


def _refuse(reason: str) -> NoReturn:
    raise RemoteProtocolError(f"session description refused: {reason}")
