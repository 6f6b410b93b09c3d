"""nostr-sdk and we make the same of random events, names, sealed keys and words."""

import json
import random
from typing import Final

import nostr_sdk as sdk
import pytest

from peerset.core import nip49
from peerset.core.keys import SecretKey, npub, parse_npub
from peerset.core.nip06 import key_of_words, words_of
from peerset.core.nip19 import AddressPointer, EventPointer, Pointer, ProfilePointer, decode_nip19, encode_nip19
from peerset.core.record import Record, event_of
from peerset.core.record import record_of as read_event
from tests.interop.random_events import EVENTS, POINTERS, draft_of, key_of, pointer_of, record_of

pytestmark = pytest.mark.real_time

RNG: Final = random.Random(11)


def their_key(key: SecretKey) -> sdk.Keys:
    return sdk.Keys.parse(key.to_nsec())


def their_text(pointer: Pointer) -> str:
    """Let nostr-sdk write *pointer*."""
    relays = [sdk.RelayUrl.parse(relay) for relay in pointer.relays]
    match pointer:
        case ProfilePointer(author, _):
            return str(sdk.Nip19Profile(sdk.PublicKey.parse(author.hex()), relays).to_bech32())
        case EventPointer(record_id, _, author, kind):
            by = None if author is None else sdk.PublicKey.parse(author.hex())
            of = None if kind is None else sdk.Kind(kind)
            return str(sdk.Nip19Event(sdk.EventId.parse(record_id.hex()), by, of, relays).to_bech32())
        case AddressPointer(kind, author, key, _):
            coordinate = sdk.Coordinate(sdk.Kind(kind), sdk.PublicKey.parse(author.hex()), key)
            return str(sdk.Nip19Coordinate(coordinate, relays).to_bech32())


def what_they_read(pointer: Pointer, text: str) -> Pointer:
    """Let nostr-sdk read *text*, which names something of the sort of *pointer*."""
    match pointer:
        case ProfilePointer(_, ()):
            return ProfilePointer(parse_npub(sdk.PublicKey.parse(text).to_bech32()))
        case ProfilePointer():
            profile = sdk.Nip19Profile.from_bech32(text)
            return ProfilePointer(parse_npub(profile.public_key().to_bech32()), tuple(map(str, profile.relays())))
        case EventPointer(_, (), None, None):
            found = decode_nip19(sdk.EventId.parse(text).to_bech32())
            assert isinstance(found, EventPointer)
            return found
        case EventPointer():
            event = sdk.Nip19Event.from_bech32(text)
            named = decode_nip19(event.event_id().to_bech32())
            by, of = event.author(), event.kind()
            assert isinstance(named, EventPointer)
            author = None if by is None else parse_npub(by.to_bech32())
            return EventPointer(named.id, tuple(map(str, event.relays())), author, None if of is None else of.as_u16())
        case AddressPointer():
            named_by = sdk.Nip19Coordinate.from_bech32(text)
            coordinate, relays = named_by.coordinate(), tuple(map(str, named_by.relays()))
            writer = parse_npub(coordinate.public_key().to_bech32())
            return AddressPointer(coordinate.kind().as_u16(), writer, coordinate.identifier(), relays)


@pytest.mark.interop(client="nostr-sdk", what="random events of ours are its, and its are ours")
def test_random_events_have_one_id_and_one_signature() -> None:
    for _ in range(EVENTS):
        record = record_of(RNG)
        event = sdk.Event.from_json(json.dumps(event_of(record)))
        assert event.verify()
        assert event.id().to_hex() == record.id.hex()
        draft = draft_of(RNG)
        author = key_of(RNG)
        unsigned = sdk.UnsignedEvent.from_json(json.dumps({"pubkey": author.public_key.hex(), **draft}))
        theirs: Record = read_event(json.loads(unsigned.sign(their_key(author)).as_json()))
        assert theirs.has_valid_signature()
        assert [theirs.kind, theirs.created_at, [list(tag) for tag in theirs.tags], theirs.content] == [
            *(draft["kind"], draft["created_at"], draft["tags"], draft["content"])
        ]


@pytest.mark.interop(client="nostr-sdk", what="names of NIP-19, both ways")
def test_names_are_read_both_ways() -> None:
    for _ in range(POINTERS):
        pointer = pointer_of(RNG)
        assert decode_nip19(their_text(pointer)) == pointer
        assert what_they_read(pointer, encode_nip19(pointer)) == pointer


@pytest.mark.interop(client="nostr-sdk", what="sealed keys of NIP-49, both ways")
def test_sealed_keys_are_opened_both_ways() -> None:
    for passphrase in ("nostr", "ÅΩẛ̣"):
        key = key_of(RNG)
        sealed = nip49.seal_key(key, passphrase, salt=RNG.randbytes(16), nonce=RNG.randbytes(24), log_n=4)
        assert sdk.EncryptedSecretKey.from_bech32(sealed).decrypt(passphrase).to_hex() == key.secret.hex()
        theirs = sdk.SecretKey.parse(key.to_nsec()).encrypt(passphrase).to_bech32()
        assert nip49.unseal_key(theirs, passphrase) == key


@pytest.mark.interop(client="nostr-sdk", what="keys as words of NIP-06")
def test_words_stand_for_one_key() -> None:
    for size in (16, 20, 24, 28, 32):
        words, account = words_of(RNG.randbytes(size)), RNG.randrange(2**31)
        # It does not normalise passphrases as BIP-39 asks, so this one is in that form already.
        for passphrase in ("", "words 😀"):
            theirs = sdk.Keys.from_mnemonic(words, passphrase or None, account)
            ours = key_of_words(words, account=account, passphrase=passphrase)
            assert theirs.secret_key().to_bech32() == ours.to_nsec()
            assert theirs.public_key().to_bech32() == npub(ours.public_key)
