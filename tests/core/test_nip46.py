"""What signers and clients say."""

import random
from typing import Final

import pytest

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.nip46 import (
    RELAYS_MAX,
    Answered,
    Asked,
    BunkerAddress,
    Challenged,
    ClientAddress,
    Draft,
    decode_answer,
    decode_asked,
    decode_draft,
    encode_answer,
    encode_asked,
    encode_draft,
    encode_signed,
    is_bunker_address,
    parse_bunker_address,
    parse_client_address,
    read_signed,
)
from peerset.core.record import sign_record
from peerset.errors import ConfigError, MalformedError, SignatureError

KEY: Final = SecretKey.generate(random.Random(1))
HEX: Final = KEY.public_key.hex()
RELAY: Final = "wss://relay.example/a?b=c"
DRAFT: Final = Draft(1_700_000_000, 1078, [["h", "00" * 16], ["c", "notes"]], 'say "hello"\n')
SIGNED: Final = sign_record(
    KEY, created_at=UnixTime(DRAFT.created_at), kind=DRAFT.kind, tags=DRAFT.tags, content=DRAFT.content
)


def test_an_address_is_read_as_it_is_written() -> None:
    for address in (
        BunkerAddress(KEY.public_key, (RELAY,), "s&=cret"),
        BunkerAddress(KEY.public_key, (RELAY, "ws://127.0.0.1:1")),
    ):
        assert parse_bunker_address(str(address)) == address
    said = f"bunker://{HEX}?relay=wss%3A%2F%2Fa.example&relay=wss://b.example&secret=12&perms=sign_event%3A1"
    assert parse_bunker_address(said) == BunkerAddress(KEY.public_key, ("wss://a.example", "wss://b.example"), "12")


@pytest.mark.parametrize(
    "text",
    [
        "bunker://",
        f"bunker://{HEX}",
        f"bunker://{HEX}?secret=hush",
        f"bunker://{HEX}?relay=http://a.example&secret=hush",
        f"bunker://{HEX[:-1]}?relay=wss://a.example&secret=hush",
        f"bunker://{'f' * 64}?relay=wss://a.example&secret=hush",
        f"bunker://{HEX}?" + "&".join(f"relay=wss://{each}.example" for each in range(RELAYS_MAX + 1)),
        f"bunker://{HEX}?" + "&".join(["relay=wss://a.example"] * 1000),
        f"bunker://{HEX}?relay=wss://a.example&secret=hush" + "x" * 1_000_000,
        f"nostrconnect://{HEX}?relay=wss://a.example&secret=hush",
        "bunker://[?relay=wss://a.example&secret=hush",
    ],
    ids=lambda text: text[:40] + text[-20:],
)
def test_what_is_no_address_is_refused_and_its_secret_not_repeated(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_bunker_address(text)
    assert "hush" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_addresses_are_told_from_other_keys() -> None:
    assert is_bunker_address("BUNKER://x")
    assert not any(map(is_bunker_address, ["bunker", "nsec1", None, KEY]))


def test_questions_and_answers_are_read_as_they_are_written() -> None:
    asked = Asked("7", "connect", (HEX, "hush"))
    assert decode_asked(encode_asked(asked)) == asked
    for answer in (Answered("7", "ack"), Answered("7", "", "no"), Challenged("7", "https://a.example")):
        assert decode_answer(encode_answer(answer)) == answer
    assert decode_draft(encode_draft(DRAFT)) == DRAFT
    assert decode_answer('{"id":"7","error":"' + "x" * 5000 + '"}') == Answered("7", "", "x" * 300)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "7", "{}", '{"id":7}', '{"id":"7","result":[]}', "[" * 100_000, '{"id":"7","method":"a","params":{}}'],
    ids=lambda text: text[:20],
)
def test_nonsense_is_no_question_answer_or_draft(text: str) -> None:
    for decode in (decode_asked, decode_answer, decode_draft):
        with pytest.raises(MalformedError):
            decode(text)


def test_what_is_asked_is_bounded() -> None:
    for asked in (Asked("x" * 129, "ping", ()), Asked("", "ping", ()), Asked("7", "ping", ("",) * 9)):
        with pytest.raises(MalformedError):
            decode_asked(encode_asked(asked))


def test_what_was_signed_is_what_was_asked_for() -> None:
    assert read_signed(encode_signed(SIGNED), DRAFT, KEY.public_key) == SIGNED
    other = SecretKey.generate(random.Random(2))
    forged = encode_signed(SIGNED).replace(SIGNED.signature.hex(), "0" * 128)
    elsewhere = sign_record(other, created_at=SIGNED.created_at, kind=1078, tags=DRAFT.tags, content=DRAFT.content)
    later = sign_record(KEY, created_at=UnixTime(1_700_000_001), kind=1078, tags=DRAFT.tags, content=DRAFT.content)
    more = sign_record(
        KEY, created_at=SIGNED.created_at, kind=1078, tags=[*DRAFT.tags, ["client", "x"]], content=DRAFT.content
    )
    for text, says in (
        ("{}", "gave no event"),
        (forged, "signature is not valid"),
        (encode_signed(elsewhere), "something else"),
        (encode_signed(later), "something else"),
        (encode_signed(more), "something else"),
    ):
        with pytest.raises(SignatureError, match=says):
            read_signed(text, DRAFT, KEY.public_key)


def test_where_a_client_waits_is_read_as_it_is_written() -> None:
    for address in (
        ClientAddress(KEY.public_key, (RELAY,), "s&=cret"),
        ClientAddress(KEY.public_key, (RELAY, "ws://127.0.0.1:1"), "x", frozenset([5, 1078]), "my app"),
    ):
        assert parse_client_address(str(address)) == address
    said = f"nostrconnect://{HEX}?relay=wss%3A%2F%2Fa.example&secret=12&name=x%0Ay&url=https://x.example"
    read = parse_client_address(f"{said}&perms=nip44_encrypt,sign_event:4")
    assert (read.name, read.kinds, read.secret) == ("xy", frozenset([4]), "12")
    assert parse_client_address(f"{said}&perms=sign_event:4,sign_event").kinds is None
    assert parse_client_address(f"{said}&perms=nip44_encrypt").kinds == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "nostrconnect://",
        f"bunker://{HEX}?relay=wss://a.example&secret=hush",
        f"nostrconnect://{HEX}?relay=wss://a.example",
        f"nostrconnect://{HEX}?secret=hush",
        f"nostrconnect://{'f' * 64}?relay=wss://a.example&secret=hush",
        f"nostrconnect://{HEX}?relay=wss://a.example&secret=hush{'x' * 1_000_000}",
    ],
)
def test_where_no_client_waits_is_refused_and_no_secret_repeated(text: str) -> None:
    with pytest.raises(ConfigError, match="a client's address") as caught:
        parse_client_address(text)
    assert "hush" not in str(caught.value)
