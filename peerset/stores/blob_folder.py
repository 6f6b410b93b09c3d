"""Blobs in a folder beside the file of a store: of each its bytes as they are, and a file that says which are here.

``<root>`` holds the bytes, with holes where pieces are missing; ``<root>.tree`` the tree (`peerset.stores.blob_tree`).
What is read is checked, so nothing here has to be trusted after a crash. Names that begin with ``new-`` are blobs that
never were finished.
"""

import asyncio
import os
import random
from collections.abc import AsyncIterable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

from peerset.core.blob import TOP, BlobName, Root, check_piece, grow, hash_piece
from peerset.core.blob_bits import all_of, bits_of
from peerset.core.limits import BLOB_PIECE_BYTES
from peerset.errors import BlobError, StoreError
from peerset.ports.blobs import FreshPiece, HeldBlob, Piece
from peerset.stores.blob_source import pieces_from
from peerset.stores.blob_tree import (
    begin_tree,
    mark_all,
    mark_pieces,
    read_proofs,
    read_tree,
    runs_of,
    write_at,
    write_nodes,
)

T = TypeVar("T")

TREE: Final = ".tree"
NEW: Final = "new-"


@dataclass(slots=True)
class _Blob:
    name: BlobName
    bits: int
    written: frozenset[int] = frozenset()
    """Of its tree what was written last: the next pieces show most of it again."""
    proven: Mapping[int, bytes] = field(default_factory=dict)
    """Of its tree what was read last, and was right: most of it is in the next proofs again."""


class FolderBlobs:
    """The blobs below *folder*, which is made when the first is kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._blobs: dict[Root, _Blob] | None = None
        """None until the folder was read."""
        self._lock = asyncio.Lock()
        """Of who changes what is here."""

    async def held(self) -> dict[Root, HeldBlob]:
        """Give what is here, what was not used for longest first.

        Raises:
            StoreError: the folder cannot be read.

        """
        return {root: _held(each) for root, each in (await self._known()).items()}

    async def look(self, root: Root) -> HeldBlob | None:
        """Give what is here of one blob; None when that is nothing.

        Raises:
            StoreError: the folder cannot be read.

        """
        blob = (await self._known()).get(root)
        return None if blob is None else _held(blob)

    async def add(self, source: AsyncIterable[bytes], *, size_max: int) -> BlobName:
        """Keep a whole blob, and give its name; nothing is kept when *source* fails.

        Raises:
            BlobError: it is empty, or longer than *size_max* bytes.
            StoreError: it cannot be kept: the disk is full, or cannot be written.

        """
        # What was never finished goes when the folder is read: so that comes first.
        await self.held()
        new = self._folder / f"{NEW}{random.SystemRandom().getrandbits(64):x}"
        try:
            pieces = await self._copy(source, new, size_max)
            name, nodes = await self._do(lambda: _grow(new, pieces))
            blobs = await self._known()
            async with self._lock:
                await self._do(lambda: self._settle(new, name, nodes))
                blobs[name.root] = _Blob(name, all_of(name.pieces))
        finally:
            await asyncio.to_thread(_remove, new)
        return name

    async def write(self, name: BlobName, fresh: Sequence[FreshPiece]) -> None:
        """Keep pieces that were checked.

        Raises:
            StoreError: they cannot be kept: the disk is full, or cannot be written.

        """
        blobs = await self._known()
        async with self._lock:
            blob = blobs.get(name.root)
            if blob is None or blob.name != name:
                # Of two records that give a blob other sizes one is wrong: what is asked for now is begun anew.
                await self._do(lambda: self._begin(name))
                blob = blobs[name.root] = _Blob(name, 0)
            blob.written = await self._do(lambda: self._write(name, fresh, blob.written))
            blob.bits |= bits_of(each.piece for each in fresh)

    async def read(self, name: BlobName, first: int, count: int = 1) -> Sequence[Piece | None]:
        """Give so many pieces, from *first* on; None for each that is not here, or not what it was.

        Raises:
            StoreError: they cannot be read.

        """
        blobs, wanted = await self._known(), bits_of(range(first, first + count))
        blob = blobs.get(name.root)
        if blob is None or wanted & ~blob.bits:
            async with self._lock:
                # Another process may have kept it meanwhile.
                blob = await asyncio.to_thread(self._look, name.root)
                if blob is not None:
                    blobs[name.root] = blob
        if blob is None or blob.name != name or not wanted & blob.bits:
            return [None] * count
        pieces, here = range(first, first + count), wanted & blob.bits
        found, lost, blob.proven = await self._do(lambda: self._read(name, pieces, here, blob.proven))
        blob.bits &= ~lost
        if blobs.get(name.root) is blob:
            blobs[name.root] = blobs.pop(name.root)
        return found

    async def delete(self, root: Root) -> None:
        """Forget all of a blob.

        Raises:
            StoreError: it cannot be deleted.

        """
        blobs = await self._known()
        async with self._lock:
            blobs.pop(root, None)
            await self._do(lambda: self._delete(root))

    # Inside: on other threads, but for the first three.

    async def _known(self) -> dict[Root, _Blob]:
        if self._blobs is None:
            async with self._lock:
                if self._blobs is None:
                    self._blobs = await self._do(self._load)
        return self._blobs

    async def _copy(self, source: AsyncIterable[bytes], new: Path, size_max: int) -> list[int]:
        """Write what comes to the file *new*; give the lengths of its pieces."""
        await self._do(lambda: self._folder.mkdir(mode=0o700, parents=True, exist_ok=True))
        file = await self._do(lambda: new.open("xb"))
        sizes: list[int] = []
        try:
            async for piece in pieces_from(source, size_max=size_max):
                await self._do(lambda piece=piece: file.write(piece))  # type: ignore[misc]
                sizes.append(len(piece))
        finally:
            await self._do(file.close)
        if not sizes:
            raise BlobError("a blob has at least one byte")
        return sizes

    async def _do(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except OSError as error:
            raise StoreError(f"the files in {self._folder} cannot be used: {error.strerror or error}") from error

    def _path(self, root: Root) -> Path:
        return self._folder / root.hex()

    def _tree(self, root: Root) -> Path:
        return self._folder / f"{root.hex()}{TREE}"

    def _load(self) -> dict[Root, _Blob]:
        found: dict[Root, _Blob] = {}
        if not self._folder.is_dir():
            return found
        for path in sorted(self._folder.iterdir(), key=lambda path: path.stat().st_mtime):
            if path.suffix == TREE and (blob := self._look(Root(_hex(path.stem)))) is not None:
                found[blob.name.root] = blob
            elif path.name.startswith(NEW):
                path.unlink(missing_ok=True)
        return found

    def _look(self, root: Root) -> _Blob | None:
        read = read_tree(self._tree(root))
        if read is None or not self._path(root).is_file():
            return None
        return _Blob(*read)

    def _settle(self, new: Path, name: BlobName, nodes: list[bytes]) -> None:
        """Put a finished blob and its tree in place, the tree last: without it the other is not looked at."""
        part = new.with_name(f"{new.name}{TREE}")
        try:
            with part.open("w+b") as file:
                begin_tree(file, name)
                write_nodes(file, {number: node for number, node in enumerate(nodes) if number})
                mark_all(file, name)
                _flush(file)
            new.replace(self._path(name.root))
            part.replace(self._tree(name.root))
        finally:
            part.unlink(missing_ok=True)

    def _begin(self, name: BlobName) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._tree(name.root).open("w+b") as file:
            begin_tree(file, name)
        # It grows by what is written, and has holes where nothing is yet.
        self._path(name.root).open("wb").close()

    def _write(self, name: BlobName, fresh: Sequence[FreshPiece], known: frozenset[int]) -> frozenset[int]:
        """Write pieces, what lies together at once, and of their tree what is not *known*; give what is from now on."""
        data = {each.piece: each.data for each in fresh}
        with FileIO(self._path(name.root), "r+b") as file:
            for run in runs_of(data):
                write_at(file, run.start * BLOB_PIECE_BYTES, *[data[piece] for piece in run])
        nodes = {number: node for each in fresh for number, node in each.nodes.items()}
        with FileIO(self._tree(name.root), "r+b") as file:
            write_nodes(file, {number: node for number, node in nodes.items() if number not in known})
            mark_pieces(file, name, list(data), is_here=True)
        return frozenset(nodes)

    def _read(
        self, name: BlobName, pieces: range, here: int, known: Mapping[int, bytes]
    ) -> tuple[list[Piece | None], int, Mapping[int, bytes]]:
        """Read *pieces* as far as they are *here*, and check them; give the bits lost, and what is *known* now."""
        kept = [piece for piece in pieces if here >> piece & 1]
        try:
            data = self._read_data(name, kept)
            with FileIO(self._tree(name.root)) as file:
                proofs = read_proofs(file, name, kept, known)
            if 0 in kept:
                # When it was used last is told by the time of its tree.
                os.utime(self._tree(name.root))
        except FileNotFoundError:
            return [None] * len(pieces), 0, known
        found: dict[int, Piece] = {}
        proven: dict[int, bytes] = {}
        for piece, part, proof in zip(kept, data, proofs, strict=True):
            nodes = check_piece(name, piece, part, proof)
            if nodes is not None:
                found[piece] = Piece(part, proof)
                proven.update(nodes)
        lost = [piece for piece in kept if piece not in found]
        if lost:
            with FileIO(self._tree(name.root), "r+b") as file:
                mark_pieces(file, name, lost, is_here=False)
        return [found.get(piece) for piece in pieces], bits_of(lost), proven

    def _read_data(self, name: BlobName, pieces: Sequence[int]) -> list[bytes]:
        with FileIO(self._path(name.root)) as file:
            found = []
            for piece in pieces:
                file.seek(piece * BLOB_PIECE_BYTES)
                found.append(file.read(name.piece_bytes(piece)))
        return found

    def _delete(self, root: Root) -> None:
        self._tree(root).unlink(missing_ok=True)
        self._path(root).unlink(missing_ok=True)


def _grow(new: Path, sizes: list[int]) -> tuple[BlobName, list[bytes]]:
    """Hash what was written, as it is on the disk, and bring it there for good."""
    size = sum(sizes)
    with new.open("r+b") as file:
        hashes = [hash_piece(file.read(each), size) for each in sizes]
        _flush(file)
    nodes = grow(hashes)
    return BlobName(Root(nodes[TOP]), size), nodes


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _held(blob: _Blob) -> HeldBlob:
    last = blob.name.pieces - 1
    short = BLOB_PIECE_BYTES - blob.name.piece_bytes(last) if blob.bits >> last & 1 else 0
    return HeldBlob(blob.name, blob.bits, blob.bits.bit_count() * BLOB_PIECE_BYTES - short)


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
