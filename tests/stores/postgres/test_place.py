"""Where an address says that a room's tables are."""

import pytest
from psycopg.conninfo import conninfo_to_dict

from peerset.errors import ConfigError
from peerset.stores.postgres.place import Place, read_place


def test_what_is_ours_of_an_address_is_told_from_what_is_the_databases() -> None:
    place = read_place("//me@db/rooms?schema=lobby&sslmode=require&fleet=all_of_us&holder=a-1")
    assert place == Place("postgresql://me@db/rooms?sslmode=require", "lobby", "all_of_us", "a-1")
    assert read_place("//me:secret@db/rooms") == Place("postgresql://me:secret@db/rooms", "peerset", "", "")
    assert "secret" not in repr(read_place("//me:secret@db/rooms"))
    # What libpq reads is what was written: a plus is none of its spaces, which are %20.
    place = read_place("//db/rooms?options=-c%20a%3Db&password=a+b%2B&schema=x")
    assert conninfo_to_dict(place.address) == {
        "host": "db",
        "dbname": "rooms",
        "options": "-c a=b",
        "password": "a+b+",
    }


@pytest.mark.parametrize("schema", ["pg_mine", "1st", "Lobby", "a" * 64, "a;b", ""])
def test_a_schema_that_would_need_quotes_is_none(schema: str) -> None:
    with pytest.raises(ConfigError, match="a schema is up to 63 of a-z"):
        read_place(f"//db/rooms?schema={schema}")
