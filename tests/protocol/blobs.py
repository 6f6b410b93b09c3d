"""Blobs for the machines that fetch and give them."""

from peerset.core.blob import TOP, BlobName, Root, grow, hash_piece, pieces_of, uncles_of
from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.limits import BLOB_PIECE_BYTES
from peerset.core.message import BlobPart
from peerset.core.signal import PeerId
from tests.protocol.pair import START

ONE, TWO, THREE = (PeerId(f"0000{name}") for name in ("one", "two", "three"))


def at(seconds: float) -> Moment:
    return Moment(Monotonic(seconds), UnixTime(START + int(seconds)))


class Blob:
    """So many pieces, the last of one byte."""

    def __init__(self, pieces: int, seed: int = 0) -> None:
        data = bytes([seed + 1]) * ((pieces - 1) * BLOB_PIECE_BYTES + 1)
        self.pieces = [data[at : at + BLOB_PIECE_BYTES] for at in range(0, len(data), BLOB_PIECE_BYTES)]
        assert pieces_of(len(data)) == pieces
        self.nodes = grow([hash_piece(each, len(data)) for each in self.pieces])
        self.name = BlobName(Root(self.nodes[TOP]), len(data))
        self.root = self.name.root

    def part(self, piece: int) -> BlobPart:
        """Give the message that brings a piece."""
        proof = b"".join(self.nodes[number] for number in uncles_of(piece, len(self.pieces)))
        return BlobPart(self.root, piece, proof, self.pieces[piece])
