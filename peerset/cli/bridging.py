"""What ``peerset bridge`` runs."""

from dataclasses import asdict

from peerset.bridge.bridge import THEIR_APP, THEIR_ROOM, THEIR_TRACKERS, Bridge, Carried
from peerset.cli.bridge import BridgeOptions
from peerset.cli.meeting import split_list
from peerset.cli.output import remark, write
from peerset.cli.running import lasting
from peerset.errors import ConfigError
from peerset.room.joining import join
from peerset.signaling.specs import all_on_loopback


async def bridge(room: str, options: BridgeOptions, *, seconds: float | None = None, as_json: bool) -> None:
    """Join both rooms and carry records between them for so many *seconds*, or until cancelled."""
    signaling = split_list(options.their_signaling) or list(THEIR_TRACKERS)
    is_local = all_on_loopback(signaling)
    app, their_room = options.their_app or THEIR_APP, options.their_room or THEIR_ROOM
    theirs = join(
        their_room,
        app=app,
        signaling=signaling,
        ice_servers=[] if is_local else options.ice_servers,
        relay=options.relay,
        allow_loopback=is_local,
    )

    def tell(carried: Carried) -> None:
        line = f"{carried.taken} records taken, {carried.given} given, {carried.refused} refused, {carried.pages} pages"
        write(asdict(carried), line=line, as_json=as_json)

    signer = options.signer_in(options.name(room))
    if isinstance(signer, str):
        raise ConfigError("a bridge signs by a key of this machine, and not by a signer elsewhere")
    # A key is made for ours, once nothing else can be wrong.
    async with theirs as other, options.join(room, signer=signer) as ours:
        remark(f"carrying {options.collection!a} of {ours.name.room} and of {their_room} of {app}")
        carrying = Bridge(other, ours, signer.take(), collection=options.collection, tell=tell)
        async with lasting(seconds):
            await carrying.run()
