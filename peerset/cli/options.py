"""The options that several verbs share, declared once and gathered into one value for each verb."""

import inspect
import re
import stat
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, get_type_hints
from urllib.parse import urlsplit

import platformdirs
import typer

from peerset.cli.exits import NotFoundError
from peerset.cli.offline import Hermit
from peerset.cli.secret import room_password, signing_key, turn_server
from peerset.cli.settings import DEFAULT_PATH, read_policies
from peerset.core.filter import Filter
from peerset.core.ice import IceServer
from peerset.core.keys import PublicKey, parse_npub
from peerset.core.record import Record, RecordId
from peerset.core.signal import RoomName
from peerset.errors import ConfigError
from peerset.ports import Policy, SetRule
from peerset.room.joining import join
from peerset.room.room import Room

RoomArgument = Annotated[str, typer.Argument(metavar="ROOM", help="The room's name.", show_default=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]

SLUG_CHARACTERS_MAX = 40
OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, kw_only=True)
class StoreOptions:
    """Which room, and where its records rest on this machine; nothing here touches the network."""

    app: Annotated[str, typer.Option(envvar="PEERSET_APP", help="Keeps rooms of one name apart.")] = "peerset"
    store: Annotated[
        str,
        typer.Option(
            envvar="PEERSET_STORE",
            metavar="SCHEME:PATH",
            help="Where records rest: sqlite:FILE or memory: (default: a file per room in the data directory).",
            show_default=False,
        ),
    ] = ""

    def name(self, room: str) -> RoomName:
        """Name *room* in full.

        Raises:
            ConfigError: an empty or overlong name, or one with control characters.

        """
        return RoomName(self.app, room)

    def store_of(self, room: str) -> str:
        """Say which store *room* has, making the directory of the default one."""
        if self.store:
            return self.store
        path = default_store_path(self.name(room))
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return f"sqlite:{path}"

    def existing_store_of(self, room: str) -> str:
        """Say which store *room* has, for verbs that only read.

        Raises:
            NotFoundError: nothing has been stored for it on this machine.

        """
        store = self.store_of(room)
        scheme, _, path = store.partition(":")
        if scheme == "sqlite" and not Path(path).exists():
            raise NotFoundError(f"nothing is stored for room {room!r}: there is no {path}")
        return store

    def is_private(self, room: str) -> bool:
        """Say whether others may not read what is stored of *room*; what is made of it is not theirs either then."""
        scheme, _, path = self.store_of(room).partition(":")
        return scheme == "sqlite" and Path(path).stat().st_mode & OTHERS == 0

    def offline(
        self, room: str, *, store: str, policies: Sequence[str | Policy | SetRule] = ()
    ) -> AbstractAsyncContextManager[Room]:
        """Open *room* on *store*, without any network."""
        return join(room, app=self.app, store=store, policies=policies, host=Hermit())


@dataclass(frozen=True, kw_only=True)
class PolicyOptions:
    """Which policies a room has here."""

    policy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SPEC",
            help="A moderation policy such as links:allow=zoom.us, beside those of the file; repeatable.",
            show_default=False,
        ),
    ] = None
    config: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="A TOML file with policies (default: peerset.toml, when it is here).",
            show_default=False,
        ),
    ] = ""

    @property
    def policies(self) -> list[str]:
        """The specs of the file, then those of the command line.

        Raises:
            ConfigError: the file is named and not there, or says what it may not.

        """
        given = self.policy or []
        if not self.config and not DEFAULT_PATH.exists():
            return given
        return [*read_policies(Path(self.config) if self.config else DEFAULT_PATH), *given]


@dataclass(frozen=True, kw_only=True)
class ImportOptions(StoreOptions, PolicyOptions):
    """Where records go, and what may be among them."""


@dataclass(frozen=True, kw_only=True)
class MeetingOptions:
    """How peers find and reach each other."""

    tracker: Annotated[
        list[str] | None,
        typer.Option(
            envvar="PEERSET_TRACKERS",
            metavar="URL",
            help="A websocket tracker to meet at; may be given several times (default: Trystero's public ones).",
            show_default=False,
        ),
    ] = None
    ice_server: Annotated[
        list[str] | None,
        typer.Option(
            envvar="PEERSET_ICE_SERVERS",
            metavar="URL",
            help="A STUN or TURN server; may be given several times. "
            "TURN's login is read from PEERSET_TURN_USERNAME and PEERSET_TURN_CREDENTIAL.",
            show_default=False,
        ),
    ] = None
    relay: Annotated[
        bool, typer.Option("--relay", help="Connect only through TURN servers, which hides our address.")
    ] = False

    @property
    def trackers(self) -> list[str] | None:
        """The trackers named, from repeated options or a list in the environment; None for the public ones."""
        return split_list(self.tracker) or None

    @property
    def ice_servers(self) -> list[IceServer] | None:
        """The servers named; none at all when the trackers are on this machine; None for the usual ones."""
        urls = split_list(self.ice_server)
        if not urls:
            return [] if all_on_loopback(self.trackers) else None
        return [turn_server(url) if url.startswith("turn") else IceServer(url) for url in urls]


@dataclass(frozen=True, kw_only=True)
class RoomOptions(StoreOptions, MeetingOptions, PolicyOptions):
    """How to join a room."""

    receipts: Annotated[
        bool, typer.Option("--receipts", help="Publish signed receipts of what the policies refuse and shadow here.")
    ] = False

    key: Annotated[
        str,
        typer.Option(
            envvar="PEERSET_KEY",
            metavar="NAME|FILE",
            help="Who signs: a key's name or file (default: PEERSET_NSEC, or the key named default, made if missing).",
            show_default=False,
        ),
    ] = ""
    password_file: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="A private room's password is FILE's first line; - asks for it. Or set PEERSET_PASSWORD.",
            show_default=False,
        ),
    ] = ""

    def join(self, room: str) -> AbstractAsyncContextManager[Room]:
        """Join *room* as these options say.

        Raises:
            ConfigError: an option makes no sense, or a secret is missing.

        """
        return join(
            room,
            app=self.app,
            key=signing_key(self.key),
            store=self.store_of(room),
            trackers=self.trackers,
            password=room_password(self.password_file),
            ice_servers=self.ice_servers,
            relay=self.relay,
            policies=self.policies,
            receipts=self.receipts,
            allow_loopback=all_on_loopback(self.trackers),
        )


@dataclass(frozen=True, kw_only=True)
class FilterOptions:
    """Which records, by the names of NIP-01 filters; options left out match all."""

    id: Annotated[
        list[str] | None, typer.Option(metavar="HEX", help="Only this record; repeatable.", show_default=False)
    ] = None
    author: Annotated[
        list[str] | None, typer.Option(metavar="NPUB", help="Only by this author; repeatable.", show_default=False)
    ] = None
    kind: Annotated[
        list[int] | None, typer.Option(metavar="N", help="Only of this kind; repeatable.", show_default=False)
    ] = None
    since: Annotated[int | None, typer.Option(metavar="UNIX", help="Only from this second on.", show_default=False)] = (
        None
    )
    until: Annotated[int | None, typer.Option(metavar="UNIX", help="Only up to this second.", show_default=False)] = (
        None
    )
    collection: Annotated[str, typer.Option(help="Only of this collection.", show_default=False)] = ""
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Only the newest N.", show_default=False)] = None

    def filter(self) -> Filter:
        """Give these options as a filter.

        Raises:
            ConfigError: an id or author that is none.

        """
        return Filter(
            ids=frozenset(map(parse_record_id, self.id)) if self.id else None,
            authors=frozenset(map(parse_author, self.author)) if self.author else None,
            kinds=frozenset(self.kind) if self.kind else None,
            since=self.since,
            until=self.until,
            tags={"c": frozenset({self.collection})} if self.collection else {},
            limit=self.limit,
        )


async def read_records(room: Room, wanted: Filter) -> list[Record]:
    """Give the records of *room* that match, newest first."""
    return await room.records(
        ids=wanted.ids,
        authors=wanted.authors,
        kinds=wanted.kinds,
        since=wanted.since,
        until=wanted.until,
        limit=wanted.limit,
        tags=wanted.tags,
    )


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """Let typer see each field of *command*'s ``options`` argument as an option of its own."""
    hints = get_type_hints(command, include_extras=True)
    kind = hints.pop("options")
    shared = get_type_hints(kind, include_extras=True)
    names = [field.name for field in fields(kind)]

    def gather(**arguments: object) -> None:
        options = kind(**{name: arguments.pop(name) for name in names})
        command(options=options, **arguments)

    own = [each for each in inspect.signature(command).parameters.values() if each.name != "options"]
    given = [each.replace(annotation=hints[each.name], kind=inspect.Parameter.KEYWORD_ONLY) for each in own]
    added = [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=shared[field.name]
        )
        for field in fields(kind)
    ]
    gather.__doc__ = command.__doc__
    gather.__signature__ = inspect.Signature([*given, *added])  # type: ignore[attr-defined]  # functions may carry one
    gather.__annotations__ = {**hints, **shared}
    return gather


def default_store_path(name: RoomName) -> Path:
    """Give the file of *name* in the platform's data directory; readable, and different for every room."""
    slug = re.sub(r"[^A-Za-z0-9]+", "-", name.room).strip("-")[:SLUG_CHARACTERS_MAX]
    file = f"{slug}-{name.tag.hex()[:16]}.db" if slug else f"{name.tag.hex()[:16]}.db"
    return platformdirs.user_data_path("peerset", appauthor=False) / "rooms" / file


def split_list(values: list[str] | None) -> list[str]:
    """Take apart what an environment variable may hold: addresses between spaces or commas."""
    return [each for value in values or () for each in re.split(r"[\s,]+", value) if each]


def all_on_loopback(trackers: list[str] | None) -> bool:
    """Say whether every tracker is on this machine, so that peers may be too."""
    hosts = [urlsplit(url).hostname for url in trackers or ()]
    return bool(hosts) and all(host in {"localhost", "127.0.0.1", "::1"} for host in hosts)


def parse_record_id(text: str) -> RecordId:
    """Read a record's id.

    Raises:
        ConfigError: it is not 64 hex digits.

    """
    if not re.fullmatch("[0-9a-fA-F]{64}", text):
        raise ConfigError(f"a record's id is 64 hex digits, not {text!r}")
    return RecordId(bytes.fromhex(text))


def parse_author(text: str) -> PublicKey:
    """Read an author as npub text or as 64 hex digits.

    Raises:
        ConfigError: it is neither.

    """
    return PublicKey(bytes.fromhex(text)) if re.fullmatch("[0-9a-fA-F]{64}", text) else parse_npub(text)
