"""Feeds a channel, in both of Trystero's dialects, what coverage-guided mutation comes up with (libFuzzer, by atheris).

Run it as ``python tests/fuzz/fuzz_frames.py -max_total_time=60 [corpus folder]``; libFuzzer's other flags work too. An
input is what the description says of the dialect, one byte, and then messages, each with its length in two bytes.
"""

import json
import random
import sys
from pathlib import Path
from typing import Final

import atheris

with atheris.instrument_imports(include=["peerset.transports"]):
    from peerset.core.action import Action
    from peerset.core.clock import Monotonic
    from peerset.core.limits import REASSEMBLY_BYTES_PER_PEER_MAX
    from peerset.core.signal import PeerId, RoomName
    from peerset.transports.conversation import Conversation
    from peerset.transports.frames import encode_room_frame, room_token
    from peerset.transports.legacy import Legacy
    from peerset.transports.legacy_frames import LegacyEncoder, decode_legacy_frame, heard_by_legacy
    from peerset.transports.reassembly import Reassembler
    from peerset.transports.sharing import Membership, RoomDelivered, SharingEffect

ROOM: Final = RoomName("a1", "r1")
TOKEN: Final = room_token(ROOM)
LOCAL, REMOTE = PeerId("0000" + "a" * 16), PeerId("zzzz" + "a" * 16)
INPUT_BYTES_MAX: Final = 4_096
MESSAGES_MAX: Final = 64
CORPUS: Final = Path(__file__).parents[2] / ".hypothesis" / "fuzz_frames"
VECTORS: Final = Path(__file__).parents[1] / "vectors" / "trystero.json"


def seed(folder: Path) -> None:
    """Write the frames of every vector, as a channel would carry them, as a file of its own into *folder*."""
    vectors = json.loads(VECTORS.read_text("utf-8"))
    for is_modern, name in ((True, "frames_modern_inner"), (False, "frames_legacy")):
        for number, vector in enumerate(vectors[name]):
            frames = [bytes.fromhex(text) for text in vector.get("frames_hex", ())]
            messages = [encode_room_frame(TOKEN, frame) for frame in frames] if is_modern else frames
            folder.joinpath(f"{name}-{number:03}").write_bytes(joined(messages, is_modern=is_modern))


def joined(messages: list[bytes], *, is_modern: bool) -> bytes:
    return bytes((is_modern,)) + b"".join(len(each).to_bytes(2, "big") + each for each in messages)


def split(data: bytes) -> list[bytes]:
    messages: list[bytes] = []
    while data and len(messages) < MESSAGES_MAX:
        length = int.from_bytes(data[:2], "big")
        messages.append(data[2 : 2 + length])
        data = data[2 + length :]
    return messages


def check_conversation(data: bytes) -> None:
    memberships = {TOKEN: Membership(ROOM, "")}
    conversation = Conversation(
        TOKEN,
        is_modern=bool(data[0] & 1),
        local=LOCAL,
        remote=REMOTE,
        memberships=memberships,
        rng=random.Random(1),
    )
    conversation.open(Monotonic(0.0))
    for second, message in enumerate(split(data[1:])):
        effects = conversation.receive(message, Monotonic(float(second)))
        assert set(conversation.dialect.tokens) <= {TOKEN}
        if isinstance(conversation.dialect, Legacy):
            check_legacy(conversation.dialect, effects)


def check_legacy(legacy: Legacy, effects: list[SharingEffect]) -> None:
    assert legacy._reassembler.size_bytes <= REASSEMBLY_BYTES_PER_PEER_MAX
    for effect in effects:
        if isinstance(effect, RoomDelivered):
            assert effect.action == heard_by_legacy(effect.action), "more is delivered than the dialect says"


def check_again(data: bytes) -> None:
    """What one frame says is written again as it was read."""
    frame = decode_legacy_frame(data)
    action = None if frame is None else Reassembler().receive(frame, Monotonic(0.0))
    if not isinstance(action, Action):
        return
    frames = [decode_legacy_frame(each) for each in LegacyEncoder().encode(action)]
    assert {each and each.name for each in frames} == {action.name}


def check(data: bytes) -> None:
    """Show *data* to a channel, and as one message to the older dialect."""
    if data:
        check_conversation(data)
        check_again(data)


def main(arguments: list[str]) -> None:
    script, *options = arguments
    folders = [option for option in options if not option.startswith("-")] or [str(CORPUS)]
    flags = [option for option in options if option.startswith("-")]
    Path(folders[0]).mkdir(parents=True, exist_ok=True)
    seed(Path(folders[0]))
    atheris.Setup([script, f"-max_len={INPUT_BYTES_MAX}", *flags, *folders], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
