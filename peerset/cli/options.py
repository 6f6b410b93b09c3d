"""The options that several verbs share, declared once and gathered into one value for each verb."""

import os
import re
import stat
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import platformdirs
import typer

from peerset.cli.authoring import AuthorOptions
from peerset.cli.building import GIVEN_POLICIES
from peerset.cli.exits import NotFoundError
from peerset.cli.file_limits import FileLimitOptions
from peerset.cli.keeping import DiskOptions, RetentionOptions, WindowOptions
from peerset.cli.meeting import MeetingOptions, split_list
from peerset.cli.offline import Hermit, Onlooker
from peerset.cli.sealed import PasswordOptions, SealOptions
from peerset.cli.secret import room_password
from peerset.cli.typed_rooms import meant
from peerset.core.action import Missing
from peerset.core.address import Address
from peerset.core.record import RecordId
from peerset.core.signal import RoomName
from peerset.errors import ConfigError
from peerset.plugins import open_store
from peerset.ports import Policy, SetRule, Store
from peerset.room.arguments import OpenStore, Signer
from peerset.room.host import Host
from peerset.room.joining import join
from peerset.room.query import Query
from peerset.room.room import Room
from peerset.signaling.specs import all_on_loopback
from peerset.stores.postgres.naming import store_of
from peerset.stores.sqlite import READ_ONLY

SecondsOption = Annotated[
    float | None, typer.Option("--seconds", min=0, metavar="N", help="Leave after N seconds.", show_default=False)
]
JsonOption = Annotated[bool, typer.Option("--json", envvar="PEERSET_JSON", help="Print one JSON object per line.")]

SLUG_CHARACTERS_MAX = 40
OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, kw_only=True)
class StoreOptions(SealOptions):
    """Which room, and where its records rest on this machine; nothing here touches the network."""

    app: Annotated[str, typer.Option(envvar="PEERSET_APP", help="Keeps rooms of one name apart.")] = "peerset"
    store: Annotated[
        str,
        typer.Option(
            envvar="PEERSET_STORE",
            metavar="SCHEME:PATH",
            help="Where records rest: sqlite:FILE, postgresql://user@host/database or memory: (default: a file per "
            "room in the data directory).",
            show_default=False,
        ),
    ] = ""

    def name(self, room: str) -> RoomName:
        """Name *room* in full.

        Raises:
            ConfigError: an empty or overlong name, or one with control characters.

        """
        return self.meant(room).name

    def meant(self, room: str) -> Address:
        """Give which room is meant, and what its address says besides, if *room* is one; this names the app itself.

        Raises:
            ConfigError: it is neither a name nor an address.

        """
        return meant(room, self.app)

    def store_of(self, room: str) -> str:
        """Say which store *room* has."""
        name = self.name(room)
        return store_of(self.store, name) if self.store else f"sqlite:{default_store_path(name)}"

    async def open_store_of(self, room: str) -> Store:
        """Open the store of *room*, making the directory of the default one."""
        if not self.store:
            default_store_path(self.name(room)).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return await open_store(self.store_of(room))

    def existing_store_of(self, room: str) -> str:
        """Say which store *room* has, for verbs that only read.

        Raises:
            NotFoundError: nothing has been stored for it on this machine.

        """
        store = self.store_of(room)
        scheme, _, path = store.partition(":")
        if scheme != "sqlite":
            return store
        if not Path(path).exists():
            raise NotFoundError(f"nothing is stored for room {self.name(room).room!r}: there is no {path}")
        # A backup on read-only media, or somebody else's file.
        can_write = os.access(path, os.W_OK) and os.access(Path(path).absolute().parent, os.W_OK)
        return store if can_write else f"{store}{READ_ONLY}"

    def is_private(self, room: str) -> bool:
        """Say whether others may not read what is stored of *room*; what is made of it is not theirs either then."""
        scheme, _, path = self.store_of(room).partition(":")
        return scheme == "sqlite" and Path(path).stat().st_mode & OTHERS == 0

    def looked_at(
        self, room: str, *, policies: Sequence[str | Policy | SetRule] = ()
    ) -> AbstractAsyncContextManager[Room]:
        """Open *room* on its store as who only reads records: its count and its root are not known.

        Raises:
            NotFoundError: nothing has been stored for it on this machine.

        """
        return self.offline(room, store=self.existing_store_of(room), policies=policies, host=Onlooker())

    def offline(
        self,
        room: str,
        *,
        store: str | OpenStore,
        key: Signer | str | None = None,
        policies: Sequence[str | Policy | SetRule] | None = (),
        grants: Sequence[str] | None = None,
        retention: str | Missing = Missing(),  # noqa: B008 - an immutable value
        window: str = "",
        host: Host | None = None,
    ) -> AbstractAsyncContextManager[Room]:
        """Open *room* on *store*, without any network; a store that may be made is private with PEERSET_PASSWORD."""
        return join(
            room,
            app=self.meant(room).name.app,
            key=key,
            store=store,
            password=room_password("") if callable(store) else "",
            seal=self.seals,
            policies=policies,
            # Who signs nothing has no use for a grant that the room's address holds for another key.
            grants=() if key is None else grants,
            retention=retention,
            window=window or None,
            host=host or Hermit(),
        )


def beside_files(context: typer.Context, value: list[str] | None) -> list[str]:
    """Add the policies *value* of the command line to those of the files; without any, to those of a variable."""
    of_files, without_flags = context.meta.get(GIVEN_POLICIES, ([], []))
    return [*of_files, *value] if value else list(without_flags)


@dataclass(frozen=True, kw_only=True)
class PolicyOptions:
    """Which policies a room has here."""

    policy: Annotated[
        list[str] | None,
        typer.Option(
            envvar="PEERSET_POLICIES",
            metavar="SPEC",
            help="A moderation policy such as links:allow=zoom.us, beside those of the file; repeatable.",
            show_default=False,
            callback=beside_files,
        ),
    ] = None

    @property
    def policies(self) -> list[str]:
        """The specs of the files, then those of the command line."""
        return self.policy or []


@dataclass(frozen=True, kw_only=True)
class ImportOptions(StoreOptions, PolicyOptions, RetentionOptions):
    """Where records go, and what may be among them."""


@dataclass(frozen=True, kw_only=True)
class RoomOptions(
    StoreOptions,
    MeetingOptions,
    AuthorOptions,
    PolicyOptions,
    PasswordOptions,
    RetentionOptions,
    WindowOptions,
    DiskOptions,
    FileLimitOptions,
):
    """How to join a room."""

    receipts: Annotated[
        bool,
        typer.Option(
            "--receipts",
            envvar="PEERSET_RECEIPTS",
            help="Publish signed receipts of what the policies refuse and shadow here.",
        ),
    ] = False
    grant: Annotated[
        list[str] | None,
        typer.Option(
            envvar="PEERSET_GRANTS",
            metavar="TEXT",
            help="A grant by which an owner of the room lets you write; repeatable.",
            show_default=False,
        ),
    ] = None

    def join(
        self, room: str, *, signer: Signer | str | None = None, seeder: bool = False
    ) -> AbstractAsyncContextManager[Room]:
        """Join *room* as these options say; *signer* is who they say signs, where that is asked already.

        A *seeder* tells others that it stays.

        Raises:
            ConfigError: an option makes no sense, or a secret is missing.

        """
        said = self.meant(room)
        specs = self.specs or list(said.signaling) or None
        return join(
            room,
            app=said.name.app,
            key=signer or self.signer_in(self.name(room)),
            store=partial(self.open_store_of, room),
            signaling=specs,
            password=room_password(self.password_file),
            seal=self.seals,
            phases=self.phases or None,
            ice_servers=self.servers_beside(specs),
            relay=self.relay,
            retention=self.said_retention,
            window=self.window or None,
            disk_bytes=self.disk_bytes,
            files=self.limits,
            policies=self.policies or None,
            grants=split_list(self.grant) or None,
            receipts=self.receipts,
            seeder=seeder,
            allow_loopback=all_on_loopback(specs),
            plain_channels=self.plain_channels,
        )


@dataclass(frozen=True, kw_only=True)
class FilterOptions:
    """Which records, by the names of NIP-01 filters; options left out match all."""

    id: Annotated[
        list[str] | None,
        typer.Option(metavar="HEX", help="Only this record, by its id or the id's beginning; repeatable."),
    ] = None
    author: Annotated[
        list[str] | None, typer.Option(metavar="NPUB", help="Only by this author; repeatable.", show_default=False)
    ] = None
    kind: Annotated[
        list[int] | None, typer.Option(metavar="N", help="Only of this kind; repeatable.", show_default=False)
    ] = None
    since: Annotated[
        str,
        typer.Option(
            metavar="TIME", help="Only from then on: 2h (ago), 2026-01-31, or Unix seconds.", show_default=False
        ),
    ] = ""
    until: Annotated[
        str, typer.Option(metavar="TIME", help="Only up to then, a day to its end.", show_default=False)
    ] = ""
    tag: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Only with this tag; repeatable: any value of each name."),
    ] = None
    collection: Annotated[str, typer.Option(help="Only of this collection.", show_default=False)] = ""
    after: Annotated[
        str,
        typer.Option(metavar="HEX", help="Only what comes after this record: the next page.", show_default=False),
    ] = ""
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Only the newest N.", show_default=False)] = None

    @property
    def query(self) -> Query:
        """Give these options as a query.

        Raises:
            ConfigError: a tag that is none.

        """
        wanted: dict[str, list[str]] = {}
        for name, value in map(parse_tag, self.tag or ()):
            wanted.setdefault(name, []).append(value)
        return Query(
            ids=self.id or None,
            authors=self.author or None,
            kinds=self.kind or None,
            since=self.since or None,
            until=self.until or None,
            tags=wanted,
            collection=self.collection or None,
            after=self.after or None,
            limit=self.limit,
        )


def default_store_path(name: RoomName, folder: Path | None = None) -> Path:
    """Give the file of *name* in *folder*, by default the platform's data directory; readable, and each room's own."""
    slug = re.sub(r"[^A-Za-z0-9]+", "-", name.room).strip("-")[:SLUG_CHARACTERS_MAX]
    file = f"{slug}-{name.tag.hex()[:16]}.db" if slug else f"{name.tag.hex()[:16]}.db"
    return (folder or data_folder()) / "rooms" / file


def data_folder() -> Path:
    """Give the platform's data directory of ours."""
    return platformdirs.user_data_path("peerset", appauthor=False)


def parse_tag(text: str) -> tuple[str, str]:
    """Read a tag.

    Raises:
        ConfigError: it is not written NAME=VALUE.

    """
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise ConfigError(f"a tag is written NAME=VALUE, not {text!r}")
    return name, value


async def find_record(room: Room, beginning: str) -> RecordId:
    """Find the record of *room*, hidden or not, that is called by the beginning of its id.

    Raises:
        NotFoundError: there is none.
        ConfigError: that is no beginning of an id, or several records begin so.

    """
    record = await room.get(beginning)
    if record is None:
        raise NotFoundError(f"there is no record {beginning} in room {room.name.room!r} here")
    return record.id
