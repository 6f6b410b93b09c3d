"""Files of a room by path: written, read, listed, linked and followed."""

import fnmatch
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal, TypeAlias

from peerset.core.action import Json
from peerset.core.blob import BlobName
from peerset.core.keys import PublicKey
from peerset.core.limits import BLOB_INLINE_BYTES_MAX
from peerset.core.typed import several, shown
from peerset.data.batch import Batch
from peerset.data.doc import AsOf, Doc
from peerset.drive.entry import Entry, read_entry, type_of, value_of
from peerset.drive.library import Library
from peerset.drive.mirror import Mirrored, Told
from peerset.drive.mirroring import Manner, Mirror, Moved
from peerset.drive.paths import fault_of, read_folder, read_path
from peerset.drive.reader import NO_LIBRARY, FileReader
from peerset.drive.registers import FileRegisters
from peerset.drive.sealing import Sealer
from peerset.drive.sources import Source, read_source
from peerset.drive.watching import FileChange, watched
from peerset.errors import BlobError, ConfigError

LINKS_MAX: Final = 16
"""So many links are followed before it is said that they lead nowhere."""

Listed: TypeAlias = list[Entry]
Direction: TypeAlias = Literal["down", "up"]

Progress = Callable[[Entry, int], None]
"""Is told of a file, and of so many bytes of it that are here since the last time."""


class Files:
    """The files under one name in a room. Made by `peerset.Room.files`.

    Paths are relative, with ``/`` between their parts. Files are those of *author*, or, where they are shared, of all.
    """

    def __init__(self, registers: FileRegisters, library: Library | None, *, author: PublicKey | None) -> None:
        self.registers = registers
        """The collection in which they are: each path a register."""
        self._library = library
        self._author = author

    def __repr__(self) -> str:
        return f"<Files {self.registers.name!r}>"

    @property
    def name(self) -> str:
        """The name of the collection."""
        return self.registers.name

    # Writing.

    async def put(
        self,
        path: str,
        source: Source | Entry,
        *,
        type: str | None = None,
        executable: bool = False,
        meta: Json = None,
        ttl: float | None = None,
        batch: Batch | None = None,
    ) -> Entry:
        """Write a file, in place of what is there: bytes, a text, a `pathlib.Path`, an open file, a stream, an entry.

        Of an `Entry`, of whatever room, only where its bytes are is written; a sealed one stays in its room. *type* is
        a media type, by default as the path ends. In a *batch* it is written by its `commit`.

        Raises:
            ConfigError: it is no path, or no source, or an entry that is sealed otherwise than here.
            BlobError: it is too long, or there is no room for it.
            RecordError: it breaks the limits of records, or a policy refused it.
            StoreError: it could not be saved.
            RoomClosedError: the room was left, or failed.

        """
        read_path(path)
        self._check_ours()
        entry = replace(await self._kept(path, source), type=type or type_of(path), is_executable=executable, meta=meta)
        if isinstance(source, Entry):
            entry = replace(entry, type=type or source.type, is_executable=source.is_executable, meta=source.meta)
        return await self._write(entry, ttl=ttl, batch=batch)

    async def link(self, path: str, target: str, *, ttl: float | None = None) -> Entry:
        """Let *path* stand for the file *target*, whatever that is when it is read.

        Raises:
            ConfigError: one of them is no path.

        """
        self._check_ours()
        return await self._write(Entry(read_path(path), 0, link=read_path(target)), ttl=ttl)

    async def delete(self, path: str) -> bool:
        """Delete a file, for all who read; False when there is none."""
        self._check_ours()
        if await self.entry(path) is None:
            return False
        await self.registers.delete(path)
        return True

    # Reading.

    async def entry(self, path: str, *, follow: bool = False, at: AsOf | None = None) -> Entry | None:
        """Give what the room says of a file, where links lead if *follow*; None when there is none.

        *at* is a time in the past: an entry of that time.

        Raises:
            ConfigError: it is no path, or links lead round in a circle.

        """
        wanted, seen = read_path(path), 0
        while True:
            doc = await self.registers.get(wanted, author=self._author, at=at)
            entry = None if doc is None else self._entry(doc)
            if entry is None or entry.link is None or not follow:
                return entry
            seen += 1
            if seen > LINKS_MAX:
                raise ConfigError(f"{path!r} leads over more than {LINKS_MAX} links")
            wanted = entry.link

    async def exists(self, path: str) -> bool:
        """Say whether there is a file, or a link."""
        return await self.entry(path) is not None

    async def open(self, path: str | Entry, *, at: AsOf | None = None) -> FileReader:
        """Open a file for reading, as it is now: what it has not here is fetched when it is read.

        Raises:
            ConfigError: there is no such file.

        """
        entry = path if isinstance(path, Entry) else await self.entry(path, follow=True, at=at)
        if entry is None:
            raise ConfigError(f"there is no file {shown(path)} in {self.name!r} here")
        return FileReader(entry, self._library)

    async def get(self, path: str, *, at: AsOf | None = None) -> bytes | None:
        """Give the bytes of a file; None when there is none.

        Raises:
            BlobError: nobody here has them, or it is longer than files may be here.
            StoreError: they cannot be read or kept.

        """
        entry = await self.entry(path, follow=True, at=at)
        return None if entry is None else await FileReader(entry, self._library).read()

    async def read(self, path: str, start: int = 0, end: int | None = None) -> bytes:
        """Give the bytes of a file from *start* up to *end*, and fetch no more than the pieces that these are in.

        Raises:
            ConfigError: there is no such file.
            BlobError: nobody here has them, or it is longer than files may be here.

        """
        reader = await self.open(path)
        reader.seek(start)
        return await reader.read(-1 if end is None else max(0, end - start))

    async def list(
        self, folder: str = "", *, recursive: bool = True, ignore: str | Iterable[str] = (), at: AsOf | None = None
    ) -> Listed:
        """Give the files in a folder by path, with all below it unless it is not *recursive*.

        *ignore* are patterns such as ``"*.tmp"`` (`fnmatch`), of a path or of one of its parts.

        Raises:
            ConfigError: it is no folder.

        """
        prefix, ignored = read_folder(folder), ignoring(ignore)
        async with aclosing(self._all(prefix, at)) as entries:
            found = [entry async for entry in entries if not ignored(entry.path)]
        return found if recursive else [entry for entry in found if "/" not in entry.path[len(prefix) :]]

    async def folders(self, folder: str = "") -> Sequence[str]:
        """Give the names of the folders in a folder, each with a slash at its end."""
        prefix = read_folder(folder)
        paths = [entry.path[len(prefix) :] for entry in await self.list(folder)]
        return sorted({f"{path.split('/')[0]}/" for path in paths if "/" in path})

    async def diff(
        self, before: AsOf, after: AsOf, *, folder: str = ""
    ) -> AsyncIterator[tuple[str, Entry | None, Entry | None]]:
        """Give the files that differ between two times: path, entry before, entry after."""
        differing = self.registers.diff(before, after, prefix=read_folder(folder), author=self._author)
        async for path, old, new in differing:
            yield path, None if old is None else self._entry(old), None if new is None else self._entry(new)

    async def watch(self, folder: str = "") -> AsyncIterator[FileChange]:
        """Give what changes in a folder, from the moment on at which the first change is asked for."""
        async for change in watched(self, self.registers, folder):
            yield change

    # Bytes.

    async def download(
        self, folder: str = "", *, ignore: str | Iterable[str] = (), progress: Progress | None = None
    ) -> int:
        """Bring here all bytes of the files in a folder, or of one file; give how many files these are.

        Raises:
            BlobError: nobody here has some of it, or there is no room.
            StoreError: it cannot be kept.

        """
        entries = await self._below(folder, ignore)
        for entry in entries:
            if entry.blob is None:
                if progress is not None:
                    progress(entry, entry.size)
                continue
            library = self._with_library()
            await library.fetch(entry.blob, None if progress is None else _told(progress, entry))
        return len(entries)

    async def clear(self, folder: str = "") -> int:
        """Forget here the bytes of the files in a folder, or of one file, which stay files; give how many blobs went.

        They are fetched again when they are read, if anybody else has them.
        """
        names = {entry.blob.root for entry in await self._below(folder, ()) if entry.blob is not None}
        return sum([await self._library.forget(root) for root in sorted(names)] if self._library is not None else [])

    async def mirror(
        self,
        local: str | Path,
        folder: str = "",
        *,
        direction: Direction,
        prune: bool = False,
        dry_run: bool = False,
        ignore: str | Iterable[str] = (),
        told: Told | None = None,
        moved: Moved | None = None,
    ) -> Mirrored:
        """Make a folder on disk what a folder here is (*direction* "down"), or this what that one is ("up").

        With *prune* what is only there goes. With *dry_run* nothing is done. *told* is called with each step, *moved*
        with how many bytes are written and of how many. Down go the files that links lead to; links on disk are left
        alone.

        Raises:
            ConfigError: one is no folder, or the direction is none; or all there is on disk would go by *prune*.
            BlobError: there is no room for a file on its way up.
            StoreError: a file cannot be written.

        """
        if direction not in ("down", "up"):
            raise ConfigError(f"a mirror goes 'down' or 'up', not {shown(direction)}")
        if direction == "up":
            self._check_ours()
        mirror = Mirror(self, Path(local), read_folder(folder), Manner(prune, dry_run, ignoring(ignore), told, moved))
        return await (mirror.down() if direction == "down" else mirror.up())

    # Inside.

    def _check_ours(self) -> None:
        if not self.registers.is_ours(self._author):
            raise ConfigError(f"these files in {self.name!r} are another author's: only that one writes them")

    async def _below(self, folder: str, ignore: str | Iterable[str]) -> Listed:
        one = await self.entry(folder, follow=True) if fault_of(folder) is None else None
        return [one] if one is not None else await self.list(folder, ignore=ignore)

    async def _all(self, prefix: str, at: AsOf | None) -> AsyncGenerator[Entry, None]:
        where = {"key": {"prefix": prefix}} if prefix else None
        owner = self.registers.owner_of(self._author)
        async for doc in self.registers.all(where, order="key", author=owner, at=at):
            entry = self._entry(doc)
            if entry is not None:
                yield entry

    def _entry(self, doc: Doc[Json]) -> Entry | None:
        """Read a file; what others wrote under a path that is none is passed over."""
        if doc.key is None or doc.is_deleted or fault_of(doc.key) is not None:
            return None
        return read_entry(doc.key, doc.value, doc.record)

    async def _write(self, entry: Entry, *, ttl: float | None, batch: Batch | None = None) -> Entry:
        try:
            if batch is not None:
                batch.put(self.registers, entry.path, value_of(entry), ttl=ttl)
                return entry
            doc = await self.registers.put(entry.path, value_of(entry), ttl=ttl)
        except BaseException:
            if entry.blob is not None and self._library is not None:
                await self._library.abandon(entry.blob.root)
            raise
        return self._entry(doc) or entry

    async def _kept(self, path: str, source: Source | Entry | BlobName) -> Entry:
        """Keep the bytes of *source*, in the entry itself if they are few."""
        if isinstance(source, Entry):
            self._check_seal(source)
            return replace(source, path=path)
        async with aclosing(read_source(source)) as parts:
            head = b""
            async for part in parts:
                head += part
                if len(head) > BLOB_INLINE_BYTES_MAX:
                    return await self._kept_apart(path, _joined(head, parts))
        return Entry(path, len(head), data=head)

    async def _kept_apart(self, path: str, source: AsyncIterable[bytes]) -> Entry:
        """Keep a blob, sealed where the room is."""
        library = self._with_library()
        if not self.registers.is_sealed:
            name = await library.add(source)
            return Entry(path, name.size, blob=name)
        sealer = Sealer()
        async with aclosing(sealer.seal(source)) as sealed:
            name = await library.add(sealed)
        return Entry(path, sealer.size, blob=name, seal=sealer.made)

    def _check_seal(self, entry: Entry) -> None:
        """Let no blob in that is not sealed by this room, and none out that is.

        Raises:
            ConfigError: it is sealed otherwise than files are here.

        """
        if entry.blob is None:
            return
        how = "sealed" if entry.seal is not None else "not sealed"
        is_ours = entry.record is None or self.registers.seals(entry.record)
        if self.registers.is_sealed != (entry.seal is not None) or (entry.seal is not None and not is_ours):
            raise ConfigError(
                f"{shown(entry.path)} is {how} as files are in {self.name!r}: its bytes must be written anew, by "
                "put(path, await files.open(entry)) with the files that it is of"
            )

    def _with_library(self) -> Library:
        if self._library is None:
            raise BlobError(NO_LIBRARY)
        return self._library


def ignoring(patterns: str | Iterable[str]) -> Callable[[str], bool]:
    """Make what says whether a path is passed over.

    Raises:
        ConfigError: a pattern is no text.

    """
    wanted = [str(each) for each in several("ignore", patterns, singles=(str,))]

    def ignored(path: str) -> bool:
        parts = path.split("/")
        return any(fnmatch.fnmatchcase(each, pattern) for pattern in wanted for each in (path, *parts))

    return ignored


async def _joined(head: bytes, rest: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    yield head
    async for part in rest:
        yield part


def _told(progress: Progress, entry: Entry) -> Callable[[int], None]:
    """Make what tells of a file's bytes, and not of those that hide how many these are."""
    left = entry.size

    def tell(size: int) -> None:
        nonlocal left
        progress(entry, min(size, left))
        left -= min(size, left)

    return tell
