"""What people type to say how peers meet: strategies, and the places of each.

A spec is ``strategy:place``, such as ``nostr:wss://relay.example``; the strategy alone, with or without its colon,
means its default places. A bare address of a websocket is a torrent tracker.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from peerset.core.limits import SIGNALING_PLACES_MAX
from peerset.core.network import is_loopback
from peerset.errors import ConfigError

DEFAULT_STRATEGY: Final = "torrent"
LOCAL_STRATEGY: Final = "lan"

_STRATEGY: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True)
class Spec:
    """One way to meet."""

    strategy: str
    place: str
    """Empty for the default places of the strategy."""

    @property
    def host(self) -> str | None:
        """The host in *place*, which is an address or a host itself; None where it is neither."""
        try:
            return urlsplit(self.place if "//" in self.place else f"//{self.place}").hostname
        except ValueError:
            return None


def parse_spec(text: str) -> Spec:
    """Read one spec; whether there is such a strategy is not asked.

    Raises:
        ConfigError: it is none.

    """
    if text.startswith(("ws://", "wss://")):
        return Spec(DEFAULT_STRATEGY, text)
    strategy, _, place = text.partition(":")
    if not _STRATEGY.fullmatch(strategy):
        raise ConfigError(
            f"{text!a} does not say how to meet: write 'strategy:place', for example 'nostr:wss://relay.example', "
            "or the address of a tracker, such as 'wss://tracker.example'"
        )
    return Spec(strategy, place)


def all_on_loopback(specs: Sequence[str] | None) -> bool:
    """Say whether all places of *specs* are on this machine, so that peers may be too."""
    hosts = [parse_spec(spec).host for spec in specs or ()]
    return bool(hosts) and all(host is not None and is_loopback(host) for host in hosts)


def are_local(specs: Sequence[str] | None) -> bool:
    """Say whether *specs* bring together peers of one local network alone."""
    return bool(specs) and all(spec.partition(":")[0] == LOCAL_STRATEGY for spec in specs or ())


def places_by_strategy(specs: Sequence[str] | None) -> dict[str, list[str] | None]:
    """Give the places of each strategy that *specs* name, in their order; None for the default ones.

    No specs at all, None, mean the default strategy.

    Raises:
        ConfigError: one is none, there are too many or too few, or a strategy has default and other places.

    """
    if specs is None:
        return {DEFAULT_STRATEGY: None}
    read = list(dict.fromkeys(map(parse_spec, specs)))
    if not 0 < len(read) <= SIGNALING_PLACES_MAX:
        raise ConfigError(f"{len(read)} ways to meet are given, expected 1 to {SIGNALING_PLACES_MAX}")
    found: dict[str, list[str]] = {}
    for spec in read:
        found.setdefault(spec.strategy, []).append(spec.place)
    for strategy, places in found.items():
        if "" in places and len(places) > 1:
            raise ConfigError(f"'{strategy}:' means the default places of {strategy}: name it alone, or each place")
    return {strategy: None if places == [""] else places for strategy, places in found.items()}
