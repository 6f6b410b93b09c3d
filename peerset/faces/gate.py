"""Who may come to a face: who is on this machine, who says the token, or who proves a key that is named."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from peerset.core.keys import PublicKey
from peerset.core.network import LOOPBACK, is_loopback
from peerset.errors import ConfigError

TOKEN_CHARACTERS_MIN: Final = 16
TOKEN_PARAMETER: Final = "token"  # noqa: S105 - the name of one
"""Of a query, for clients that can set no header, as pages that open a web socket."""

_URL: Final = re.compile("(?:ws|http)s?://")
_ORIGIN: Final = re.compile(r"https?://[^/\s?#]+")


@dataclass(frozen=True, slots=True)
class Gate:
    """Where a face listens, and whom it lets in.

    Raises:
        ConfigError: strangers could come in, the token is too short, or an origin or the URL is none.

    """

    host: str = LOOPBACK
    port: int = 0
    token: str = field(default="", repr=False)
    """Who says it comes in, from wherever."""
    keys: frozenset[PublicKey] | None = None
    """Who proves one of these comes in (NIP-42); with none among them, whoever proves any; None: no key lets in."""
    origins: frozenset[str] = frozenset()
    """Pages of these sites may ask, such as ``https://app.example``."""
    url: str = ""
    """By which clients know the face, where that is another one than where it listens, as behind a proxy."""

    def __post_init__(self) -> None:
        """Refuse what would let in strangers."""
        if not (self.token or self.keys is not None or is_loopback(self.host)):
            raise ConfigError(f"anybody who reaches {self.host} could read and write: name a token, or keys that may")
        if self.token and len(self.token) < TOKEN_CHARACTERS_MIN:
            raise ConfigError(f"a token has at least {TOKEN_CHARACTERS_MIN} characters, so that nobody guesses it")
        for origin in self.origins:
            parts = urlsplit(origin)
            if (
                parts.scheme not in ("http", "https")
                or not parts.netloc
                or f"{parts.scheme}://{parts.netloc}" != origin
            ):
                raise ConfigError(f"an origin is written as in https://app.example, not {origin!r}")
        if self.url and not (_URL.match(self.url) and _host_of(self.url)):
            raise ConfigError(f"the URL of a face begins with wss:// or https://, not {self.url!r}")
        if self.keys is not None and not self.url and not is_loopback(self.host):
            raise ConfigError("who proves a key says to whom: name the URL by which clients know the face")

    def admits_host(self, host: str) -> bool:
        """Say whether *host*, by which a client asks, is ours: no page of a stranger, whose name leads here."""
        return not self.is_open or self._is_ours(host)

    def admits_origin(self, origin: str | None) -> bool:
        """Say whether a page of *origin* may ask; whatever is no page has none, and who must say more says that."""
        return not self.is_open or origin is None or origin in self.origins

    def has_token(self, headers: Mapping[str, str], query: Mapping[str, str]) -> bool:
        """Say whether a client says the token."""
        said = headers.get("Authorization", "").removeprefix("Bearer ") or query.get(TOKEN_PARAMETER, "")
        return bool(self.token) and hmac.compare_digest(said.encode("utf-8", "replace"), self.token.encode())

    def doubt(
        self, host: str, headers: Mapping[str, str], query: Mapping[str, str], *, by_key: bool
    ) -> tuple[int, str] | None:
        """Say why who asks by *host* may not, with a status of HTTP; None where it may.

        *by_key* says that it can prove a key afterwards.
        """
        if not self.admits_host(host):
            return 403, "ask by the address of this machine"
        if not self.admits_origin(headers.get("Origin")):
            return 403, "pages of this site may not ask: the node does not name it"
        if self.is_open or (by_key and self.keys is not None) or self.has_token(headers, query):
            return None
        return 401, "a token is wanted"

    @property
    def is_open(self) -> bool:
        """Whoever is on this machine may come in, and says nothing."""
        return not self.token and self.keys is None

    def admits_key(self, keys: frozenset[PublicKey]) -> bool:
        """Say whether one who proved *keys* may come in for that."""
        return self.keys is not None and bool(keys & self.keys if self.keys else keys)

    def is_meant(self, url: str) -> bool:
        """Say whether who proves a key for the relay at *url* means us: the name alone counts (NIP-42)."""
        return self._is_ours(_host_of(url))

    def _is_ours(self, host: str) -> bool:
        if self.url and host == _host_of(self.url):
            return True
        return host == self.host or (is_loopback(host) and is_loopback(self.host))


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
