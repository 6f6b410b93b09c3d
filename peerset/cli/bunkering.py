"""What ``peerset keys bunker`` runs."""

from collections.abc import Sequence
from pathlib import Path

from peerset.bunker.bunker import Bunker, Happened
from peerset.bunker.clients import ClientBook, Permission
from peerset.cli.output import remark, write
from peerset.cli.running import lasting, unix_now
from peerset.core.keys import SecretKey, npub
from peerset.core.signal import RoomTag


async def serve(
    key: SecretKey,
    relays: Sequence[str],
    clients: Path,
    *,
    kinds: frozenset[int] | None,
    rooms: frozenset[RoomTag] | None,
    seconds: float | None,
    as_json: bool,
) -> None:
    """Sign by *key* for those in *clients*, and for a new one what *kinds* and *rooms* say, for so many *seconds*."""
    book = ClientBook(clients)
    served = Bunker(key, relays, book, permission=Permission(kinds, rooms), tell=tell, unix=unix_now)
    row = {"address": str(served.address), "npub": npub(key.public_key), "clients": len(book)}
    write(row, line=str(served.address), as_json=as_json)
    remark(f"whoever comes first with this address is let in; {len(book)} clients are known from before")
    async with lasting(seconds):
        await served.run()


def tell(happened: Happened) -> None:
    """Say what a client asked for, and whether it was done."""
    what = happened.method if happened.kind is None else f"{happened.method} of kind {happened.kind}"
    done = f"refused: {happened.refusal}" if happened.refusal else "done"
    remark(f"{npub(happened.client)[:12]} {ascii(what)[1:-1]:.60} {done}")
