"""The options by which a node shows its rooms to those who are no members."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from peerset.cli.loading import load
from peerset.core.keys import PublicKey
from peerset.core.network import LOOPBACK
from peerset.core.signal import RoomName
from peerset.core.typed import read_key
from peerset.errors import ConfigError
from peerset.files import read_text

TOKEN_FILE_BYTES_MAX: Final = 4_096
ANY_KEY: Final = "any"

Shown = Callable[[Any], AbstractAsyncContextManager[str]]
"""Shows what a keeper keeps while inside, and gives the address."""


@dataclass(frozen=True, kw_only=True)
class FaceOptions:
    """At which ports rooms are shown, and to whom."""

    nostr_port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65_535,
            metavar="N",
            help="Be a Nostr relay at this port, which has each room at /rooms/APP/ROOM; 0 takes a free one.",
            show_default=False,
        ),
    ] = None
    http_port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65_535,
            metavar="N",
            help="Show the rooms over HTTP at this port, which describes itself at /openapi.json; 0 takes a free one.",
            show_default=False,
        ),
    ] = None
    face_host: Annotated[
        str,
        typer.Option(
            metavar="HOST", help="The address of these ports; another one than loopback wants a token or keys."
        ),
    ] = LOOPBACK
    face_token: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A file with what a client must say to come in.", show_default=False),
    ] = None
    face_key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NPUB|any",
            help="Let in who proves this key (NIP-42), or with any whoever proves one; repeatable.",
            show_default=False,
        ),
    ] = None
    face_origin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORIGIN",
            help="Let pages of this site ask, such as https://app.example; repeatable.",
            show_default=False,
        ),
    ] = None
    face_url: Annotated[
        str,
        typer.Option(
            metavar="URL", help="By which clients know the relay, where a proxy stands before it.", show_default=False
        ),
    ] = ""
    face_room: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ROOM",
            help="Show this room alone, by its name or address; repeatable (default: all that are kept).",
            show_default=False,
        ),
    ] = None

    def faces(self, name_of: Callable[[str], RoomName], tallies: dict[str, Any]) -> list[tuple[str, Shown]]:
        """Give what shows rooms, each with a word for people; *name_of* names in full those that are said.

        Each counts in one of *tallies*, which is made here.

        Raises:
            ConfigError: strangers could come in, the token cannot be read, or a key, origin or room is none.

        """
        names = frozenset(map(name_of, self.face_room or []))
        wanted = [
            ("a Nostr relay", "nostr", self.nostr_port, "peerset.faces.showing:nostr"),
            ("HTTP", "http", self.http_port, "peerset.faces.showing:http"),
        ]
        shown = list[tuple[str, Shown]]()
        for word, face, port, place in wanted:
            if port is not None:
                show, gate = load(place), self._gate(port)
                tallies[face] = load("peerset.faces.tally:FaceTally")()
                shown.append((word, partial(show, gate=gate, names=names, tally=tallies[face])))
        return shown

    def _gate(self, port: int) -> Any:  # noqa: ANN401 - what is loaded late
        return load("peerset.faces.gate:Gate")(
            host=self.face_host,
            port=port,
            token="" if self.face_token is None else read_token(self.face_token),
            keys=self._keys,
            origins=frozenset(self.face_origin or []),
            url=self.face_url,
        )

    @property
    def _keys(self) -> frozenset[PublicKey] | None:
        if not self.face_key:
            return None
        return frozenset() if ANY_KEY in self.face_key else frozenset(map(read_key, self.face_key))


def read_token(path: Path) -> str:
    """Read the token in the file at *path*.

    Raises:
        ConfigError: it cannot be read, or there is none in it.

    """
    token = read_text(path, bytes_max=TOKEN_FILE_BYTES_MAX).strip()
    if not token:
        raise ConfigError(f"{path} has no token in it")
    return token
