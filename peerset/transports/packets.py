"""SCTP packets of data and acknowledgements (RFC 9260), read and written in one go."""

from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Final, Protocol

from google_crc32c import value as crc32c

HEADER_BYTES: Final = 12
DATA_HEADER_BYTES: Final = 16
PACKET_BYTES_MAX: Final = 1_188
"""What aiortc sends at most."""

TSN_MASK: Final = 0xFFFFFFFF

DATA: Final = 0
SACK: Final = 3

END: Final = 0x01
BEGIN: Final = 0x02
UNORDERED: Final = 0x04
AT_ONCE: Final = 0x08
"""The sender wants to be answered without delay (RFC 7053)."""

GAPS_MAX: Final = 256
DUPLICATES_MAX: Final = 20
"""So that an acknowledgement fits in a packet; the next one tells the rest."""

_PORTS_AND_TAG: Final = Struct("!HHL")
_CHECKSUM: Final = Struct("<L")
_NO_CHECKSUM: Final = bytes(4)
_CHUNK: Final = Struct("!BBH")
_DATA: Final = Struct("!BBHLHHL")
_SACK: Final = Struct("!BBHLLHH")
_GAP: Final = Struct("!HH")
_TSN: Final = Struct("!L")


class Outgoing(Protocol):
    """What a chunk of data has."""

    flags: int
    tsn: int
    stream_id: int
    stream_seq: int
    protocol: int
    user_data: bytes


@dataclass(slots=True)
class Piece:
    """A chunk of data that came."""

    flags: int
    tsn: int
    stream_id: int
    stream_seq: int
    protocol: int
    user_data: bytes


@dataclass(slots=True)
class Acknowledgement:
    """A SACK without gaps and duplicates."""

    tsn: int


def parse(packet: bytes, tag: int) -> list[Piece | Acknowledgement] | None:
    """Read a packet that has data and acknowledgements without gaps only; None for any other, and for a damaged one."""
    size = len(packet)
    if size < HEADER_BYTES + DATA_HEADER_BYTES or _PORTS_AND_TAG.unpack_from(packet)[2] != tag:
        return None
    if _CHECKSUM.pack(crc32c(packet[:8] + _NO_CHECKSUM + packet[12:])) != packet[8:12]:
        return None
    chunks: list[Piece | Acknowledgement] = []
    at = HEADER_BYTES
    while at <= size - DATA_HEADER_BYTES:
        kind, flags, length, tsn, stream_id, stream_seq, protocol = _DATA.unpack_from(packet, at)
        end = at + length
        if end > size:
            return None
        if kind == DATA and length > DATA_HEADER_BYTES:
            chunks.append(Piece(flags, tsn, stream_id, stream_seq, protocol, packet[at + DATA_HEADER_BYTES : end]))
        elif kind == SACK and length == DATA_HEADER_BYTES and not protocol:
            # Where data have their protocol, acknowledgements count gaps and duplicates.
            chunks.append(Acknowledgement(tsn))
        else:
            return None
        at = end + (-length & 3)
    return chunks if at == size else None


def write(ports_and_tag: bytes, *chunks: bytes) -> bytes:
    """Write a packet of *chunks*."""
    body = b"".join(chunks)
    return b"".join((ports_and_tag, _CHECKSUM.pack(crc32c(ports_and_tag + _NO_CHECKSUM + body)), body))


def write_head(source_port: int, destination_port: int, tag: int) -> bytes:
    """Write what all packets of an association begin with."""
    return _PORTS_AND_TAG.pack(source_port, destination_port, tag)


def size_of(chunk: Outgoing) -> int:
    """Count the bytes of a chunk of data."""
    return (DATA_HEADER_BYTES + len(chunk.user_data) + 3) & ~3


def write_data(chunk: Outgoing) -> bytes:
    """Write a chunk of data."""
    data = chunk.user_data
    length = DATA_HEADER_BYTES + len(data)
    head = _DATA.pack(DATA, chunk.flags, length, chunk.tsn, chunk.stream_id, chunk.stream_seq, chunk.protocol)
    return head + data + bytes(-length & 3)


def write_sack(tsn: int, window_bytes: int, gaps: Sequence[tuple[int, int]], duplicates: Sequence[int]) -> bytes:
    """Write an acknowledgement of everything up to *tsn*, and of what *gaps* say beyond."""
    gaps, duplicates = gaps[:GAPS_MAX], duplicates[:DUPLICATES_MAX]
    length = DATA_HEADER_BYTES + 4 * (len(gaps) + len(duplicates))
    head = _SACK.pack(SACK, 0, length, tsn, window_bytes, len(gaps), len(duplicates))
    return b"".join((head, *(_GAP.pack(*gap) for gap in gaps), *map(_TSN.pack, duplicates)))
