"""The inside of a process that checks signatures for another one, and the bytes in which they speak.

It imports little, for it starts while records wait. A question is how many signatures there are, and of each the
author, the id and the signature; the answer is a byte for each, 1 for one that is its author's.
"""

import signal
import sys
from collections.abc import Sequence
from typing import BinaryIO, Final

from peerset.core.schnorr import KEY_BYTES, MESSAGE_BYTES, SIGNATURE_BYTES, is_signature

COUNT_BYTES: Final = 4
SIGNED_BYTES: Final = KEY_BYTES + MESSAGE_BYTES + SIGNATURE_BYTES

Signed = tuple[bytes, bytes, bytes]
"""An author, an id and a signature."""


def question_of(signed: Sequence[Signed]) -> bytes | None:
    """Write what is asked about *signed*; None when something of it has another length than it should."""
    parts = [part for each in signed for part in each]
    sizes = set(map(len, parts[::3])), set(map(len, parts[1::3])), set(map(len, parts[2::3]))
    if sizes != ({KEY_BYTES}, {MESSAGE_BYTES}, {SIGNATURE_BYTES}):
        return None
    return b"".join([len(signed).to_bytes(COUNT_BYTES, "big"), *parts])


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer every question, until there are no more."""
    while len(head := questions.read(COUNT_BYTES)) == COUNT_BYTES:
        count = int.from_bytes(head, "big")
        if len(data := questions.read(count * SIGNED_BYTES)) < count * SIGNED_BYTES:
            return
        answers.write(bytes([_is_valid(data, at) for at in range(0, len(data), SIGNED_BYTES)]))
        answers.flush()


def _is_valid(data: bytes, at: int) -> bool:
    message, signature = at + KEY_BYTES, at + KEY_BYTES + MESSAGE_BYTES
    return is_signature(data[at:message], data[message:signature], data[signature : at + SIGNED_BYTES])


def main() -> None:
    """Be that process. Its end is that of its input, so Ctrl-C is the other one's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        serve(sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:
        # Nobody waits for the answer: the flush at the end of Python would say so once more.
        sys.stdout = None
