"""What a face gives to its clients: in all, to one address, to one connection."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FaceLimits:
    """The limits of one face; what goes beyond is slowed, refused or closed, each with a word that says so."""

    connections: int = 256
    connections_per_address: int = 32
    """An address is one of IPv4 or a /64 of IPv6. This machine's own has no such limit: a proxy may be there."""
    message_bytes: int = 262_144
    """A record of 64 KiB whose every character JSON escapes fits."""
    messages_per_second: float = 100.0
    """Of one connection; who sends more is read more slowly."""
    messages_burst: int = 500
    bytes_per_second: float = 1_048_576.0
    """Of the messages of one connection, likewise."""
    bytes_burst: int = 8_388_608
    records_per_second: float = 1_000.0
    """That all connections of a face together bring into one room, likewise."""
    records_burst: int = 5_000
    records_read_per_second: float = 10_000.0
    """Of one room, by all connections of a face: who asks for more waits, so that the room's own work goes on."""
    records_read_burst: int = 100_000
    records_under_way: int = 256
    """Of one connection, that are not answered yet; then it is read no further."""
    subscriptions: int = 32
    """Of one connection."""
    filters: int = 8
    """Of one request."""
    filter_values: int = 1_000
    """Of one filter, in all its lists."""
    records: int = 5_000
    """That one filter is answered with at most."""
    records_by_default: int = 500
    """When it says no limit."""
    records_searched: int = 20_000
    """That are looked at for one filter with words to search for, newest first."""
    records_counted: int = 100_000
    """Beyond, a count is said to be approximate."""
    comparisons: int = 2
    """Of one connection, at a time (NIP-77)."""
    comparisons_in_all: int = 32
    """Of one room: what each read takes some 4 MB where it is as much as may be."""
    records_compared: int = 100_000
    comparison_seconds: float = 60.0
    """Between two messages of a client."""
    unsent_bytes: int = 4_194_304
    """That may wait for one connection; then stored records wait, and who does not read new ones is let go."""
    faults_per_second: float = 0.2
    """Messages of one connection that make no sense; beyond, it is closed."""
    faults_burst: int = 10
    requests_per_second: float = 50.0
    """Over HTTP, of one address."""
    requests_burst: int = 200
    body_bytes: int = 1_048_576
    """Of a request over HTTP."""
    page_bytes: int = 4_194_304
    """Of the records of one answer over HTTP, about; then the rest is another page."""
    auth_seconds: float = 60.0
    """From the opening of a connection to a key that may come in, where one is wanted."""
    heartbeat_seconds: float = 30.0
