"""Opening and sealing a record, beside libsodium's bare cipher over the same bytes, and beside bare verification.

And the secret of a passphrase, 3 passes over 64 MiB, beside OpenSSL's Argon2id.
"""

import base64
import time
from collections.abc import Callable, Iterator
from typing import Final

from coincurve import PublicKeyXOnly
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt

from peerset.core.clock import UnixTime
from peerset.core.envelope import NONCE_BYTES
from peerset.core.keys import SecretKey
from peerset.core.lens import Lens
from peerset.core.limits import SEAL_KDF_BYTES, SEAL_KDF_PASSES
from peerset.core.record import KIND_KEYED, Record, decode_record
from peerset.core.seal import SECRET_BYTES, make_seals, new_seal, secret_of
from peerset.core.signal import RoomName
from tests.bench.sizes import sized
from tests.sealed import Writer

RECORDS: Final = sized(2_000, 500)
PASSPHRASE: Final = "correct horse battery staple"
SALT_BYTES: Final = 16
REPEATS: Final = 3
ROOM: Final = RoomName("bench", "seal")
KEY: Final = SecretKey(bytes(31) + b"\x01")


def run() -> Iterator[tuple[str, float, str]]:
    """Measure; give (name, value, unit), the best of a few runs by the processor's time."""
    lens = Lens(make_seals([new_seal()], ROOM.tag))
    pen, bare = Writer(KEY, lens.seals), Writer(KEY)
    envelopes = [sealed(pen, number).envelope for number in range(RECORDS)]
    opening = best(lambda: [lens.open(record) for record in envelopes])
    deciphering = best(lambda: decipher(lens, envelopes))
    yield "opening a record", opening, "us"
    yield "bare libsodium: its cipher, and base64", deciphering, "us"
    yield "opening over bare libsodium", opening / deciphering, "times"
    yield "reading a record from its bytes", best(lambda: [decode_record(record.wire) for record in envelopes]), "us"
    yield "verifying its signature, bare", best(lambda: verify(envelopes)), "us"
    yield "sealing and signing", best(lambda: [sealed(pen, number) for number in range(RECORDS)]), "us"
    yield "signing alone", best(lambda: [sealed(bare, number) for number in range(RECORDS)]), "us"
    yield "an envelope", len(envelopes[0].wire), "bytes"
    yield "the same, not sealed", len(sealed(bare, 0).wire), "bytes"
    yield "a passphrase", least(lambda: secret_of(PASSPHRASE, ROOM.tag)) * 1e3, "ms"
    yield "OpenSSL's Argon2id", least(derive) * 1e3, "ms"


def sealed(pen: Writer, number: int) -> Record:
    """A version of a register, of a hundred keys."""
    tags = (("h", ROOM.tag.hex()), ("us", str(number)), ("c", "places"), ("d", f"places/{number % 100}"))
    content = f'{{"title": "Tiergarten", "city": "Berlin", "stars": {number % 5}}}'
    return pen.sign(created_at=UnixTime(1_792_195_200), kind=KIND_KEYED, tags=tags, content=content)


def decipher(lens: Lens, envelopes: list[Record]) -> None:
    key, room = lens.seals.newest.content_key, ROOM.tag
    for record in envelopes:
        data = base64.b64decode(record.content)
        bound = record.author + record.created_at.to_bytes(8, "big") + record.kind.to_bytes(2, "big") + room
        crypto_aead_xchacha20poly1305_ietf_decrypt(data[NONCE_BYTES:], bound, data[:NONCE_BYTES], key)


def verify(envelopes: list[Record]) -> None:
    author = PublicKeyXOnly(KEY.public_key)
    if not all(author.verify(record.signature, record.id) for record in envelopes):
        raise RuntimeError("a good signature was refused")


def derive() -> bytes:
    """What a passphrase takes."""
    kib = SEAL_KDF_BYTES // 1_024
    argon2 = Argon2id(salt=bytes(SALT_BYTES), length=SECRET_BYTES, iterations=SEAL_KDF_PASSES, lanes=1, memory_cost=kib)
    return argon2.derive(PASSPHRASE.encode())


def best(work: Callable[[], object]) -> float:
    """Give the microseconds a record that *work* takes."""
    return least(work) / RECORDS * 1e6


def least(work: Callable[[], object]) -> float:
    """Give the seconds that *work* takes."""
    found = float("inf")
    for _ in range(REPEATS):
        started = time.process_time()
        work()
        found = min(found, time.process_time() - started)
    return found
