"""The disk of the database is full."""

import psycopg
import pytest

from peerset.errors import StoreError
from peerset.testing.check_store import sample_records
from tests.stores.postgres.server import SMALL, Server, ask, may_mount, opened, running

pytestmark = pytest.mark.real_time

SMALL_BYTES = 8 << 20
FILL = """
DO $$ BEGIN
    LOOP
        INSERT INTO public.filler SELECT repeat('x', 100) FROM generate_series(1, 80);
        COMMIT;
    END LOOP;
END $$
"""


async def test_nothing_is_lost_when_the_disk_is_full_and_it_goes_on_when_there_is_space(machine: Server) -> None:
    if not may_mount():
        pytest.skip("only root may make a small disk, and not in every container")
    records = sample_records()
    with running(machine.programs, small_bytes=SMALL_BYTES) as small:
        ask(small.address, f"CREATE TABLESPACE small LOCATION '{small.folder / SMALL}'")
        ask(small.address, "ALTER DATABASE postgres SET default_tablespace = small")
        async with opened(small.address) as store:
            await store.add(records[:6])
            ask(small.address, "CREATE TABLE public.filler (text text)")
            with pytest.raises(psycopg.errors.DiskFull):
                ask(small.address, FILL)
            with pytest.raises(StoreError, match="the disk of the database is full: free some space"):
                await store.add(records)
            assert await store.get([record.id for record in records]) == records[:6]
            ask(small.address, "DROP TABLE public.filler")
            await store.add(records)
            assert await store.get([record.id for record in records]) == records
