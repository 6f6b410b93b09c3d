"""What ``peerset archive``, ``verify`` and ``restore`` do of archives, with a bar on the terminal."""

from peerset.archive.archiving import Archived, Archiving
from peerset.archive.checking import load_manifest
from peerset.archive.checking import verify as check_all
from peerset.archive.manifest import ArchivedDay, Manifest
from peerset.archive.place import Place, open_place
from peerset.archive.restoring import Restored, Restoring
from peerset.cli.bars import count_bar
from peerset.cli.exits import NotFoundError
from peerset.cli.options import ImportOptions, StoreOptions
from peerset.cli.output import printable, remark
from peerset.cli.running import unix_now
from peerset.errors import ArchiveError, ConfigError
from peerset.moderation.moderator import PURGED
from peerset.moderation.rulebook import open_policies
from peerset.plugins import open_store
from peerset.ports import Store
from peerset.protocol.retention import window
from peerset.room.remembered import kept_retention


async def archive(room: str, place: str, *, options: StoreOptions, is_anew: bool) -> Archived:
    """Write the closed days of *room* to *place*."""
    spec = options.existing_store_of(room)
    target = open_place(place, is_private=options.is_private(room))
    store = await open_store(spec)
    try:
        await store.bind(options.name(room).tag)
        archiving = Archiving(
            store,
            target,
            options.name(room).tag,
            now=unix_now(),
            retention_seconds=await kept_retention(store),
            purged=frozenset(await store.notes(PURGED)),
            is_anew=is_anew,
        )
        with count_bar("archiving") as bar:
            task = bar.add_task("records", total=None)
            return await archiving.run(
                expect=lambda total: bar.update(task, total=total), tell=lambda count: bar.advance(task, count)
            )
    finally:
        await store.aclose()


async def verify(place: str, *, processes: int | None) -> tuple[Manifest, dict[ArchivedDay, ArchiveError]]:
    """Give the manifest of the archive at *place*, and what is wrong with its days."""
    source = open_place(place)
    manifest = await existing_manifest(source, place)
    with count_bar("verifying") as bar:
        task = bar.add_task("records", total=sum(day.records.count for day in manifest.days))
        wrong = await check_all(source, manifest, tell=lambda count: bar.advance(task, count), processes=processes)
    return manifest, dict(sorted(wrong.items(), key=lambda each: each[0].day))


async def restore(place: str, room: str, *, options: ImportOptions) -> Restored:
    """Bring the archive at *place* back into *room*.

    Raises:
        ConfigError: it is that of another room.

    """
    source = open_place(place)
    manifest = await existing_manifest(source, place)
    name = options.name(room)
    if manifest.room != name.tag:
        raise ConfigError(f"{place} is the archive of another room than {name.room!r}: of {manifest.room.hex()}")
    policies = open_policies(options.policies).admission
    stores: list[Store] = []

    async def open_it() -> Store:
        stores.append(await options.open_store_of(room))
        return stores[0]

    async with options.offline(room, store=open_it, policies=policies, retention=options.said_retention) as opened:
        now = unix_now()
        restoring = Restoring(
            source,
            manifest,
            opened,
            window=window(now, retention_seconds=await kept_retention(stores[0])),
            now=now,
            refused=lambda record_id, reason: remark(f"{record_id}: {printable(reason)}"),
        )
        with count_bar("restoring") as bar:
            task = bar.add_task("records", total=sum(day.records.count for day in manifest.days))
            return await restoring.run(tell=lambda count: bar.advance(task, count))


async def existing_manifest(source: Place, place: str) -> Manifest:
    """Give what an archive says of itself.

    Raises:
        NotFoundError: there is none at *place*.

    """
    manifest = await load_manifest(source)
    if manifest is None:
        raise NotFoundError(f"there is no archive at {place}: it has no manifest.json")
    return manifest
