"""One message of each type, for walking tables."""

from typing import Final, get_args

from peerset.core.clock import UnixTime
from peerset.core.message import (
    FEATURE_DECLINING,
    FEATURE_INTRODUCING,
    FEATURE_LACKING,
    FEATURE_NAMING,
    PROTOCOL_VERSION,
    Announce,
    BlobAbsent,
    BlobAsk,
    BlobHave,
    BlobPart,
    BlobWant,
    Credit,
    Days,
    Declining,
    Fetch,
    Fin,
    Goodbye,
    GoodbyeReason,
    Hello,
    Introduce,
    Lacking,
    Light,
    Message,
    More,
    Named,
    Neighbours,
    Ping,
    Pong,
    Proof,
    Pull,
    Ranges,
    Records,
    Role,
    Root,
    Seek,
    Sketch,
    Unknown,
    Want,
)
from tests.protocol.pair import ROOM, START, key

HELLO: Final = Hello(
    PROTOCOL_VERSION,
    ROOM.tag,
    key(2).public_key,
    b"n" * 32,
    b"r" * 32,
    7_776_000,
    Role.MEMBER,
    FEATURE_LACKING | FEATURE_DECLINING | FEATURE_INTRODUCING | FEATURE_NAMING,
    START,
)

EXAMPLES: Final[dict[type[Message], Message]] = {
    type(message): message
    for message in (
        HELLO,
        Proof(b"p" * 64),
        Ping(7),
        Pong(7),
        Goodbye(GoodbyeReason.LEAVING, "bye"),
        Root(1, 20_000, UnixTime(START), 0, b"d" * 16),
        Days(1, 20_000, UnixTime(20_001 * 86_400), 8, ((0, b""),)),
        Ranges(1, ()),
        Want(1, ()),
        Records(1, ()),
        Credit(1, 0),
        Fin(1, 0, b"d" * 16),
        Announce((b"a" * 8,)),
        Pull((b"a" * 8,)),
        Sketch(1, 20_000, UnixTime(20_001 * 86_400), 0, bytes(13)),
        More(1, 0),
        Lacking(1, ()),
        Declining(()),
        Fetch(START, (b"a" * 8,)),
        Seek(),
        Neighbours(b""),
        Introduce(b"a" * 20, b"b" * 20, b""),
        Light(START),
        Named(1, b""),
        BlobAsk(b"r" * 32),
        BlobHave(b"r" * 32, b""),
        BlobWant(b"r" * 32, 0, 1),
        BlobPart(b"r" * 32, 0, b"", b""),
        BlobAbsent(b"r" * 32, 0, 1),
        Unknown(72),
    )
}

assert set(EXAMPLES) == set(get_args(Message)), "one example of each message"
