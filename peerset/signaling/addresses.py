"""Addresses of websockets, as people give them for places to meet at."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from peerset.core.limits import SIGNALING_PLACES_MAX
from peerset.errors import ConfigError


def check_addresses(urls: Sequence[str], *, noun: str) -> list[str]:
    """Give *urls* without repeats, each of them the address of a websocket; errors call one a *noun*.

    Raises:
        ConfigError: one is not, or there is none, or more than `SIGNALING_PLACES_MAX`.

    """
    checked = list(dict.fromkeys(urls))
    if not 0 < len(checked) <= SIGNALING_PLACES_MAX:
        raise ConfigError(f"{len(checked)} {noun}s are given, expected 1 to {SIGNALING_PLACES_MAX}")
    for url in checked:
        if not _is_websocket_address(url):
            raise ConfigError(f"the {noun} {url!a} is not an address like wss://{noun}.example or ws://host:8000/path")
    return checked


def _is_websocket_address(url: str) -> bool:
    if not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        is_port_good = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return parts.scheme in ("ws", "wss") and bool(parts.hostname) and is_port_good
