"""Archives in a real S3, and on a line to it that breaks half way."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import pytest
from moto.server import ThreadedMotoServer

from peerset.archive.archiving import Archived
from peerset.archive.checking import checker, load_manifest, verify
from peerset.archive.place import Place, open_place
from peerset.core.record import Record
from peerset.errors import StoreError
from peerset.stores.memory import MemoryStore
from tests.archive.rooms import LOBBY, TODAY, archive, record_on
from tests.archive.s3 import breaking_line

pytestmark = pytest.mark.real_time

Open = Callable[[str], Place]


@pytest.fixture(scope="session")
def s3_port() -> Iterator[int]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    yield port
    server.stop()


@pytest.fixture
def open_at(s3_port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Open the same bucket by way of any URL, as who has these variables."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    # Patience is that of botocore and s3fs, and a test needs none.
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    bucket = f"bucket{random.Random().randrange(10**9)}"
    kind = fsspec.get_filesystem_class("s3")
    monkeypatch.setattr(kind, "retries", 1)

    def opened(url: str) -> Place:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        kind.clear_instance_cache()
        return open_place(f"s3://{bucket}/rooms/lobby")

    opened(f"http://127.0.0.1:{s3_port}")
    fsspec.filesystem("s3").mkdir(bucket)
    yield opened
    kind.clear_instance_cache()


async def filled(*records: Record) -> MemoryStore:
    store = MemoryStore()
    await store.bind(LOBBY.tag)
    await store.add(records)
    return store


async def read(place: Place) -> list[Record]:
    manifest = await load_manifest(place)
    assert manifest is not None
    assert await verify(place, manifest, tell=lambda _: None) == {}
    async with checker(place, LOBBY.tag) as checking:
        return [record for day in manifest.days for record in await checking.records(day)]


@pytest.mark.interop(client="moto", what="its S3 holds archives of a room, by s3fs")
async def test_an_archive_is_written_renewed_and_read_there(s3_port: int, open_at: Open, tmp_path: Path) -> None:
    place = open_at(f"http://127.0.0.1:{s3_port}")
    assert await load_manifest(place) is None
    records = [record_on(TODAY - at, number) for at in (3, 1) for number in range(20)]
    store = await filled(*records)
    archived: Archived = await archive(store, place)
    assert (len(archived.written), await read(place)) == (2, records)
    await store.add([late := record_on(TODAY - 1, 30)])
    assert len((await archive(store, place)).written) == 1
    assert await read(place) == [*records, late]
    assert len(place.sizes("days")) == 2


@pytest.mark.parametrize("share", [0.5, 0.99])
async def test_a_line_that_breaks_half_way_leaves_the_former_archive_whole(
    s3_port: int, open_at: Open, share: float, tmp_path: Path
) -> None:
    first, new = record_on(TODAY - 9), [record_on(TODAY - at, number) for at in range(1, 4) for number in range(300)]
    store = await filled(first)
    direct = open_at(f"http://127.0.0.1:{s3_port}")
    await archive(store, direct)
    await store.add(new)
    days = (await archive(store, tmp_path / "archive")).manifest.days[1:]
    size = int(share * sum(day.size for day in days))
    with breaking_line(s3_port, bytes_max=size) as line, pytest.raises(StoreError, match="cannot be"):
        await archive(store, open_at(line.url))
    direct = open_at(f"http://127.0.0.1:{s3_port}")
    assert await read(direct) == [first]
    await archive(store, direct)
    assert len(await read(direct)) == 1 + len(new)
    assert len(direct.sizes("days")) == 4


async def test_a_line_that_breaks_while_an_archive_is_checked_is_no_fault_of_the_archive(
    s3_port: int, open_at: Open
) -> None:
    await archive(await filled(record_on(TODAY - 1)), open_at(f"http://127.0.0.1:{s3_port}"))
    with breaking_line(s3_port, bytes_max=100_000) as line:
        place = open_at(line.url)
        manifest = await load_manifest(place)
        assert manifest is not None
        line.cut()
        with pytest.raises(StoreError, match="cannot be read"):
            await verify(place, manifest, tell=lambda _: None)
