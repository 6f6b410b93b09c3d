"""Scrapes over HTTP (BEP 48): how large swarms are, for clients that have no websocket. Does no I/O."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from peerset.errors import SignalingError
from peerset.tracker.wire import SCRAPED_SWARMS_MAX, Scraped, decode_scrape

FIELDS_MAX: Final = 2 * SCRAPED_SWARMS_MAX
"""Of one query; clients may say more than we understand."""


def read_query(query: str) -> Scraped:
    """Read which swarms are asked for by *query*: ``info_hash`` of 20 escaped bytes, once for each.

    Raises:
        SignalingError: it asks for none, for too many, or for what is none; the reason may be told to the client.

    """
    try:
        fields = parse_qsl(query, encoding="latin-1", max_num_fields=FIELDS_MAX)
    except ValueError as error:
        raise SignalingError(f"a query of more than {FIELDS_MAX} fields") from error
    return decode_scrape([value for name, value in fields if name == "info_hash"])


def encode_sizes(sizes: Mapping[str, tuple[int, int]], *, interval_seconds: int) -> bytes:
    """Tell the numbers of seeders and leechers by info hash, in bencoding (BEP 3)."""
    files = b"".join(_file(info_hash, *sizes[info_hash]) for info_hash in sorted(sizes))
    return b"d5:filesd%be5:flagsd20:min_request_intervali%deee" % (files, interval_seconds)


def encode_refusal(reason: str) -> bytes:
    """Say why a scrape was refused, in bencoding."""
    text = reason.encode()
    return b"d14:failure reason%d:%be" % (len(text), text)


def _file(info_hash: str, seeders: int, leechers: int) -> bytes:
    name = info_hash.encode("latin-1")
    return b"%d:%bd8:completei%de10:downloadedi%de10:incompletei%dee" % (len(name), name, seeders, seeders, leechers)
