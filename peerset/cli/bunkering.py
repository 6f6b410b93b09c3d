"""What ``peerset keys bunker`` runs."""

from collections.abc import Sequence
from pathlib import Path

from peerset.bunker.bunker import Bunker, Happened
from peerset.bunker.clients import ClientBook, Permission
from peerset.cli.output import remark, write
from peerset.cli.qr import show_qr
from peerset.cli.running import lasting, unix_now
from peerset.core.keys import SecretKey, npub
from peerset.core.nip46 import ClientAddress
from peerset.core.signal import RoomTag
from peerset.room.authors import invited_signer


async def serve(
    key: SecretKey,
    relays: Sequence[str],
    clients: Path,
    *,
    kinds: frozenset[int] | None,
    rooms: frozenset[RoomTag] | None,
    client: ClientAddress | None,
    seconds: float | None,
    as_json: bool,
) -> None:
    """Sign by *key* for those in *clients*, and for a new one what *kinds* and *rooms* say, for so many *seconds*.

    The *client* that waits for a signer is let in, too, for as much of that as it asks for.
    """
    book, permission = ClientBook(clients), Permission(kinds, rooms)
    served = Bunker(key, relays, book, permission=permission, tell=tell, unix=unix_now, invited_by=client)
    row = {"address": str(served.address), "npub": npub(key.public_key), "clients": len(book)}
    write(row, line=str(served.address), as_json=as_json)
    remark(f"whoever comes first with this address is let in; {len(book)} clients are known from before")
    async with lasting(seconds):
        await served.run()


async def invite(relays: Sequence[str], kinds: Sequence[int] | None, *, wait: float, qr: bool, as_json: bool) -> None:
    """Show an invitation to a signer, wait for one for so many seconds, and write its address."""

    def show(text: str) -> None:
        write({"invitation": text}, line=text, as_json=as_json)
        remark("show this to the signer, which counts once; who else reads it may come in its place")
        if qr:
            show_qr(text)

    async with invited_signer(relays, show=show, kinds=kinds, timeout=wait) as signer:
        row = {"address": signer.address, "npub": npub(signer.public_key)}
        write(row, line=signer.address, as_json=as_json)
        remark(f"{row['npub']} signs for this machine: --key {signer.address.partition('?')[0]}?...")


def tell(happened: Happened) -> None:
    """Say what a client asked for, and whether it was done."""
    what = happened.method if happened.kind is None else f"{happened.method} of kind {happened.kind}"
    done = f"refused: {happened.refusal}" if happened.refusal else "done"
    remark(f"{npub(happened.client)[:12]} {ascii(what)[1:-1]:.60} {done}")
