"""The page's HTML, and the policy that tells browsers what it may do."""

import re
from html import escape
from pathlib import Path
from string import Template
from typing import Final
from urllib.parse import urlsplit

from peerset.page.settings import PageSettings
from peerset.signaling.specs import parse_spec

TEMPLATE: Final = Path(__file__).with_name("page.html")
HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


def write_document(settings: PageSettings) -> str:
    """Fill the page's template; what *settings* hold is escaped."""
    name = {"room": settings.room.room, "app": settings.room.app}
    attributes = {"src": settings.src} if settings.src else name
    if settings.signaling:
        attributes["signaling"] = " ".join(settings.signaling)
    if not settings.has_ice_servers:
        attributes["ice-servers"] = "[]"
    written = " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items())
    return Template(TEMPLATE.read_text("utf-8")).substitute(room=escape(settings.room.room), attributes=written)


def security_policy(settings: PageSettings) -> str:
    """Write the Content-Security-Policy (CSP 3): our own files, the places where peers are met, and nothing else.

    Workers are checked against the page's origin and, where that fails, started through a blob; libsecp256k1 is
    WebAssembly; files of the room are shown from blobs. There is no script and no style in the HTML itself.
    """
    # The default places of a strategy are for the page to know.
    places = [parse_spec(spec).place for spec in settings.signaling]
    sources = sorted({_source_of(place) if place else "wss:" for place in places}) or ["wss:"]
    directives = {
        "default-src": ["'none'"],
        "script-src": ["'self'", "'wasm-unsafe-eval'"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'", *sources],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "media-src": ["'self'", "blob:"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(" ".join([name, *sources]) for name, sources in directives.items())


def _source_of(url: str) -> str:
    """Name *url* as CSP's host-source can, which knows neither IPv6 nor letters beyond ASCII; else its scheme."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not HOST.fullmatch(host):
        return f"{parts.scheme}:"
    return f"{parts.scheme}://{host}" + ("" if parts.port is None else f":{parts.port}")
