"""Read and written as aiortc does, which is the reference here."""

from aiortc.rtcsctptransport import DataChunk, HeartbeatChunk, SackChunk, parse_packet, serialize_packet
from hypothesis import given
from hypothesis import strategies as st

from peerset.transports import packets
from peerset.transports.packets import Acknowledgement, Piece

TAG = 0x01020304
HEAD = packets.write_head(5000, 5001, TAG)
TSN = st.integers(0, packets.TSN_MASK)
SHORT = st.integers(0, 65_535)
PIECES = st.builds(Piece, st.integers(0, 15), TSN, SHORT, SHORT, TSN, st.binary(min_size=1, max_size=300))


def data_chunk(piece: Piece) -> DataChunk:
    chunk = DataChunk(flags=piece.flags)
    chunk.tsn, chunk.stream_id, chunk.stream_seq = piece.tsn, piece.stream_id, piece.stream_seq
    chunk.protocol, chunk.user_data = piece.protocol, piece.user_data
    return chunk


@given(st.lists(PIECES, min_size=1, max_size=4))
def test_data_are_written_as_aiortc_reads_them(pieces: list[Piece]) -> None:
    packet = packets.write(HEAD, *map(packets.write_data, pieces))
    assert sum(map(packets.size_of, pieces)) == len(packet) - packets.HEADER_BYTES
    source, destination, tag, chunks = parse_packet(packet)
    assert (source, destination, tag) == (5000, 5001, TAG)
    assert list(map(bytes, chunks)) == [bytes(data_chunk(piece)) for piece in pieces]
    assert packets.parse(packet, TAG) == pieces


@given(TSN, TSN, st.lists(st.tuples(SHORT, SHORT), max_size=5), st.lists(TSN, max_size=5))
def test_acknowledgements_are_written_as_aiortc_reads_them(
    tsn: int, window: int, gaps: list[tuple[int, int]], duplicates: list[int]
) -> None:
    packet = packets.write(HEAD, packets.write_sack(tsn, window, gaps, duplicates))
    [sack] = parse_packet(packet)[3]
    assert isinstance(sack, SackChunk)
    assert (sack.cumulative_tsn, sack.advertised_rwnd, sack.gaps, sack.duplicates) == (tsn, window, gaps, duplicates)
    usual = not gaps and not duplicates
    assert packets.parse(packet, TAG) == ([Acknowledgement(tsn)] if usual else None)


@given(PIECES)
def test_what_aiortc_writes_is_read(piece: Piece) -> None:
    assert packets.parse(serialize_packet(1, 2, TAG, data_chunk(piece)), TAG) == [piece]


@given(PIECES, st.data())
def test_damaged_packets_and_those_of_others_are_refused(piece: Piece, data: st.DataObject) -> None:
    packet = packets.write(HEAD, packets.write_data(piece))
    place = data.draw(st.integers(0, len(packet) * 8 - 1))
    damaged = bytearray(packet)
    damaged[place // 8] ^= 1 << place % 8
    assert packets.parse(bytes(damaged), TAG) is None
    assert packets.parse(packet, TAG + 1) is None
    assert packets.parse(packet[: data.draw(st.integers(0, len(packet) - 1))], TAG) is None


@given(st.binary(max_size=100))
def test_any_chunks_are_read_without_an_error(chunks: bytes) -> None:
    read = packets.parse(packets.write(HEAD, chunks), TAG)
    assert read is None or all(isinstance(chunk, Piece | Acknowledgement) for chunk in read)


def test_what_is_no_data_goes_another_way() -> None:
    assert packets.parse(serialize_packet(1, 2, TAG, HeartbeatChunk()), TAG) is None


def test_an_acknowledgement_fits_in_a_packet_however_much_is_missing() -> None:
    gaps = [(place, place) for place in range(2, 4_000, 2)]
    packet = packets.write(HEAD, packets.write_sack(1, 0, gaps, list(range(1_000))))
    assert len(packet) <= packets.PACKET_BYTES_MAX
    [sack] = parse_packet(packet)[3]
    assert isinstance(sack, SackChunk)
    assert sack.gaps == gaps[: packets.GAPS_MAX]
