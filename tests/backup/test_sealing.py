"""Sealed backups: what no other passphrase opens, and of which nothing changes unseen."""

import io
import random

import pytest

from peerset.backup.sealing import MAGIC, PIECE_BYTES, Opener, Sealer
from peerset.errors import ArchiveError, ConfigError

HEAD = len(MAGIC) + 16 + 24
PIECE = PIECE_BYTES + 17


def sealed(data: bytes) -> bytes:
    sink = io.BytesIO()
    sealer = Sealer(sink, "correct horse", rng=random.Random(1))
    for start in range(0, len(data), 50_000):
        sealer.write(data[start : start + 50_000])
    sealer.end()
    return sink.getvalue()


def opened(data: bytes, passphrase: str = "correct horse") -> bytes:
    opener, found = Opener(io.BytesIO(data), lambda: passphrase), b""
    while chunk := opener.read(30_000):
        found += chunk
    return found


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES, PIECE_BYTES + 1, 150_000])
def test_what_was_sealed_is_opened(size: int) -> None:
    data = random.Random(size).randbytes(size)
    assert opened(sealed(data)) == data
    assert data[:100] not in sealed(data) or size < 10


def test_another_passphrase_opens_nothing() -> None:
    with pytest.raises(ConfigError, match="another one"):
        opened(sealed(b"x"), "wrong horse")
    for passphrase in ("", "x" * 2_000):
        with pytest.raises(ConfigError, match="the passphrase of the backup"):
            opened(sealed(b"x"), passphrase)


def test_pieces_are_neither_changed_nor_moved_nor_left_out_nor_added() -> None:
    data = sealed(bytes(3 * PIECE_BYTES))
    head, pieces = data[:HEAD], [data[HEAD + n * PIECE :][:PIECE] for n in range(3)]
    flipped = bytes([pieces[1][0] ^ 1]) + pieces[1][1:]
    others = ([pieces[0], flipped, pieces[2]], [pieces[0], pieces[2]], [pieces[0], pieces[2], pieces[1]], pieces[:2])
    for wrong in (*others, [*pieces, pieces[2]], [pieces[0], pieces[1][:-1]]):
        with pytest.raises(ArchiveError):
            opened(head + b"".join(wrong))
    with pytest.raises(ArchiveError, match="cut off"):
        opened(data[: HEAD - 1])
    with pytest.raises(ConfigError):
        opened(head[:-1] + bytes([head[-1] ^ 1]) + b"".join(pieces))
