from collections.abc import Iterator

import pytest
from aiortc.sdp import SessionDescription
from hypothesis import example, given
from hypothesis import strategies as st

from peerset.core.limits import CANDIDATE_NETWORKS_MAX, LOCAL_NAMES_MAX, SDP_CANDIDATES_MAX
from peerset.errors import RemoteProtocolError
from peerset.transports.sdp import Description, Kind, finish_description, parse_description
from tests.transports.test_frames import VECTORS

DIGEST = ":".join(["AB"] * 32)
HEAD = ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0", "a=msid-semantic: WMS"]
MEDIA = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel"
BODY = [
    "c=IN IP4 0.0.0.0",
    "a=candidate:1 1 udp 2113937151 203.0.113.7 50000 typ host generation 0 network-cost 999",
    "a=candidate:2 1 UDP 1677729535 198.51.100.9 50001 typ srflx raddr 0.0.0.0 rport 0",
    "a=candidate:3 1 udp 2113937151 849ffec9-95e0-46c8-a148-cca2f7f35c35.local 49310 typ host",
    "a=ice-ufrag:4a/N",
    "a=ice-pwd:iNIwHZ0jNfw3BX5EkoQSAZ2E",
    "a=ice-options:trickle",
    f"a=fingerprint:sha-256 {DIGEST}",
    "a=setup:actpass",
    "a=mid:0",
    "a=sctp-port:5000",
    "a=max-message-size:262144",
]


def text_of(lines: list[str]) -> str:
    return "\r\n".join(lines) + "\r\n"


def offer_with(*, without: str = "\0", extra: tuple[str, ...] = (), head: tuple[str, ...] = ()) -> str:
    body = [line for line in BODY if not line.startswith(without)]
    return text_of([*HEAD, *head, MEDIA, *body, *extra])


def candidate(
    address: str, *, port: int = 50_000, rest: str = "typ host", transport: str = "udp", component: int = 1
) -> str:
    return f"a=candidate:1 {component} {transport} 1 {address} {port} {rest}"


def replaced(line: str, *others: str) -> str:
    return offer_with(without=line.partition(":")[0], extra=(line, *others))


def hostile() -> Iterator[tuple[str, str]]:
    """Name and text of descriptions that no honest peer sends."""
    good = offer_with()
    yield from {
        "empty": "",
        "a newline": "\n",
        "huge": good + "a=x:" + "y" * 20_000,
        "a thousand lines": good + "a=x\r\n" * 1_000,
        "a thousand candidates": offer_with(extra=tuple(candidate(f"10.0.{i % 256}.{i // 256}") for i in range(1_000))),
        "nine fingerprints": offer_with(extra=("a=fingerprint:md5 00",) * 9),
        "no version": good.removeprefix("v=0\r\n"),
        "another version": good.replace("v=0", "v=1", 1),
        "no section": text_of(HEAD),
        "two sections": good + text_of([MEDIA, *BODY]),
        "a section within a section": good + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n",
        "an empty line": good.replace("s=-", "", 1),
        "a line folded": good.replace("s=-", "s=-\r\n folded", 1),
        "json": '{"type":"offer"}',
        "twice the text": good + good,
    }.items()
    for kind in ("audio", "video", "text", "message", "image", "application2", "APPLICATION", ""):
        yield f"media {kind}", good.replace("m=application", f"m={kind}")
    for media in ("0 UDP/DTLS/SCTP webrtc-datachannel", "65536 UDP/DTLS/SCTP webrtc-datachannel", "9 DTLS/SCTP 5000"):
        yield f"section {media}", good.replace("9 UDP/DTLS/SCTP webrtc-datachannel", media)
    for tail in ("TCP/DTLS/SCTP webrtc-datachannel", "UDP/TLS/RTP/SAVPF 96", "UDP/DTLS/SCTP x", "UDP/DTLS/SCTP", ""):
        yield f"profile {tail}", good.replace("UDP/DTLS/SCTP webrtc-datachannel", tail)
    for character in "\r\0\t\x7f\x85\u2028\ud800\x0b\x1c\x01\x1b\x9f\u2029\u202e":
        for place in ("a=mid:0", "s=-", "203.0.113.7", "4a/N", "udp 2113937151"):
            yield f"{character!r} in {place}", good.replace(place, place + character, 1)
    for character in ("\u00e9", "\N{CRAB}", "\u0660"):
        for place in ("v=0", "a=mid:0", "4a/N", "webrtc-datachannel"):
            yield f"{character!r} in {place}", good.replace(place, place + character, 1)
    for name in ("ice-ufrag", "ice-pwd", "fingerprint", "setup", "mid", "sctp-port"):
        yield f"no {name}", offer_with(without=f"a={name}")
    for line in BODY:
        name = line.partition(":")[0]
        if name in ("a=ice-ufrag", "a=ice-pwd", "a=setup", "a=mid", "a=sctp-port", "a=max-message-size"):
            yield f"twice {name}", offer_with(extra=(line,))
            yield f"twice {name} before the section", offer_with(without=name, head=(line, line))
            yield f"empty {name}", replaced(f"{name}:")
            yield f"bare {name}", replaced(name)
            yield f"spaced {name}", replaced(f"{name}: {line.partition(':')[2]}")
            yield f"long {name}", replaced(f"{name}:" + "1" * 300)
            yield f"injected {name}", replaced(f"{name}:1\ra=candidate:1")
    for user in ("abc", "ab c", "a:bc", "ab-c", "a" * 33, "a" * 257):
        yield f"user {user[:8]}", replaced(f"a=ice-ufrag:{user}")
    for password in ("a" * 21, "a" * 257, "a" * 21 + "!"):
        yield f"password {len(password)}", replaced(f"a=ice-pwd:{password}")
    for digest in (
        DIGEST[:-3],
        DIGEST + ":AB",
        DIGEST.replace(":", ""),
        "ZZ" + DIGEST[2:],
        DIGEST.replace(":", "-"),
        "",
    ):
        yield f"fingerprint {digest[-8:]}", replaced(f"a=fingerprint:sha-256 {digest}")
    yield "two sha-256", offer_with(extra=(f"a=fingerprint:SHA-256 {DIGEST}",))
    yield "a short sha-512", offer_with(extra=(f"a=fingerprint:sha-512 {DIGEST}",))
    for algorithm in ("sha-1", "md5", "sha-384", "sha256", ""):
        yield f"only {algorithm}", replaced(f"a=fingerprint:{algorithm} " + ":".join(["AB"] * 48))
    for setup in ("holdconn", "ACTPASS", "none", "active passive"):
        yield f"setup {setup}", replaced(f"a=setup:{setup}")
    for port in ("0", "65536", "-1", "5e3", "0x10", "5000 "):
        yield f"sctp port {port}", replaced(f"a=sctp-port:{port}")
    for size in ("-1", "1", "16450", "1.5", "9" * 21):
        yield f"message size {size}", replaced(f"a=max-message-size:{size}")
    for mid in ("0 1", "0\r\na=x", "a" * 17, "\u0661"):
        yield f"mid {mid!r}", replaced(f"a=mid:{mid}") if "\r" not in mid else offer_with(extra=("a=mid:1",))


def unusable() -> Iterator[str]:
    """Lines that this peer makes nothing of, beside candidates that it does."""
    yield from (
        "a=candidate",
        "a=candidate:",
        "a=candidate:1 1 udp 1 10.0.0.1 1",
        "a=candidate:1 1 udp 1 10.0.0.1 1 typ",
        "a=candidate:1  1 udp 1 10.0.0.1 1 typ host",
        candidate("10.0.0.256"),
        candidate("10.0.0.1.1"),
        candidate("10.1"),
        candidate("010.0.0.1"),
        candidate("example.com"),
        candidate("localhost"),
        candidate("a.b.local"),
        candidate(".local"),
        candidate("x" * 64 + ".local"),
        candidate("a_b.local"),
        candidate("x.local."),
        candidate("fe80::1%eth0"),
        candidate("::g"),
        candidate("[::1]"),
        candidate("10.0.0.1", port=65_536),
        candidate("10.0.0.1", port=-1),
        candidate("10.0.0.1", rest="typ HOST"),
        candidate("10.0.0.1", rest="typ other"),
        candidate("10.0.0.1", rest="type host"),
        candidate("10.0.0.1", component=1_000),
        candidate("10.0.0.1", transport="u d p"),
        "a=candidate:" + "1" * 33 + " 1 udp 1 10.0.0.1 1 typ host",
        "a=candidate:1 1 udp 4294967296 10.0.0.1 1 typ host",
        "a=candidate:1 1 udp -1 10.0.0.1 1 typ host",
        candidate("fe80::54a9:d238:b2ee:ceb%21", rest="typ host generation 0"),
        candidate("203.0.113.9\u00e9"),
        "s=Gespr\u00e4ch",
        "i=\N{CRAB}",
        "a=ice-options:ice2",
    )


HOSTILE = list(hostile())


def test_there_are_two_hundred_hostile_descriptions() -> None:
    assert len({text for _, text in HOSTILE}) >= 200


@pytest.mark.parametrize("text", [text for _, text in HOSTILE], ids=[name for name, _ in HOSTILE])
def test_a_hostile_description_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(RemoteProtocolError, match=r"refused: .") as caught:
        parse_description(text, "offer")
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("line", list(unusable()))
def test_a_line_that_cannot_be_used_takes_nothing_from_the_others(line: str) -> None:
    assert parse_description(offer_with(extra=(line,)), "offer") == parse_description(offer_with(), "offer")


def test_of_many_candidates_the_first_usable_ones_are_tried() -> None:
    tcp = tuple(candidate(f"9.{number}.2.1", transport="tcp", rest="typ host tcptype active") for number in range(60))
    udp = tuple(candidate(f"9.{number}.1.1") for number in range(60))
    found = parse_description(offer_with(without="a=candidate", extra=(*tcp, *udp)), "offer").candidates
    assert [item.address for item in found] == [f"9.{number}.1.1" for number in range(CANDIDATE_NETWORKS_MAX)]


@pytest.mark.parametrize("kind", ["offer", "answer"])
@pytest.mark.parametrize("dialect", ["torrent_modern", "torrent_legacy"])
def test_what_chromium_says_is_accepted(kind: Kind, dialect: str) -> None:
    text = VECTORS["captures"][dialect][f"{kind}_sdp_plaintext"]
    description = parse_description(text, kind)
    assert (len(description.sha256), description.candidates, len(description.hidden_candidates)) == (
        32,
        (),
        text.count(".local"),
    )
    assert description.is_modern is (dialect == "torrent_modern")
    assert not description.is_complete


def test_every_value_is_read() -> None:
    description = parse_description(offer_with(extra=("a=end-of-candidates",)), "offer")
    assert [(item.address, item.type) for item in description.candidates] == [
        ("203.0.113.7", "host"),
        ("198.51.100.9", "srflx"),
    ]
    assert (description.sctp_port, description.message_bytes_max, description.mid) == (5_000, 262_144, "0")
    assert description.is_complete


def test_a_missing_message_size_is_64_kilobytes_and_a_huge_one_is_capped() -> None:
    assert parse_description(offer_with(without="a=max-message-size"), "offer").message_bytes_max == 65_536
    for size in (9_999_999_999, 2**64 - 1):
        huge = replaced(f"a=max-message-size:{size}")
        assert parse_description(huge, "offer").message_bytes_max == 2**31 - 1


def test_firefox_puts_its_fingerprint_before_the_section() -> None:
    text = offer_with(without="a=fingerprint", head=(f"a=fingerprint:sha-256 {DIGEST.lower()}",))
    assert parse_description(text, "offer").sha256 == b"\xab" * 32


def test_other_hashes_are_left_out_and_known_ones_handed_on() -> None:
    sha512 = ":".join(["CD"] * 64)
    text = offer_with(extra=("a=fingerprint:sha-1 00:11", f"a=fingerprint:sha-512 {sha512}"))
    clean = parse_description(text, "offer").text()
    assert "sha-1 " not in clean
    assert f"a=fingerprint:sha-512 {sha512}" in clean


def test_an_answer_must_choose_its_role() -> None:
    with pytest.raises(RemoteProtocolError, match="'actpass' in an answer"):
        parse_description(offer_with(), "answer")


def test_only_our_own_words_are_handed_on() -> None:
    text = offer_with(
        extra=("a=extmap-allow-mixed", "a=rtpmap:1 evil/1", "a=x:unknown", "a=ice-lite", candidate("9.9.9.9"))
    )
    clean = parse_description(text, "offer").text()
    assert all(word not in clean for word in ("evil", "unknown", "WMS", "generation", ".local", "lite"))
    parsed = SessionDescription.parse(clean)
    assert [item.ip for item in parsed.media[0].ice_candidates] == ["203.0.113.7", "198.51.100.9", "9.9.9.9"]
    assert not parsed.media[0].ice_candidates_complete


def test_how_long_the_text_was_is_known_and_makes_no_other_description() -> None:
    short, long = offer_with(), offer_with(extra=("a=x:unknown",))
    found = [parse_description(text, "offer") for text in (short, long)]
    assert found[0] == found[1]
    assert [description.size_bytes for description in found] == [len(short), len(long)]


def test_hidden_names_are_few() -> None:
    names = tuple(candidate(f"n{number}.local") for number in range(20))
    assert len(parse_description(offer_with(extra=names), "offer").hidden_candidates) == LOCAL_NAMES_MAX


def test_we_say_that_we_trickle() -> None:
    text = finish_description(offer_with(without="a=ice-options"))
    assert parse_description(text, "offer").is_modern
    assert text.count("a=ice-options:trickle\r\n") == 1


def test_we_send_no_more_candidates_than_we_take() -> None:
    many = tuple(candidate(f"9.9.{number}.9") for number in range(SDP_CANDIDATES_MAX))
    text = finish_description(offer_with(extra=many))
    assert text.count("a=candidate:") == SDP_CANDIDATES_MAX
    assert len(parse_description(text, "offer").candidates) > 4


def test_of_our_certificate_we_show_the_one_fingerprint_that_binds_a_channel() -> None:
    others = tuple(
        f"a=fingerprint:{name} {':'.join(['CD'] * size)}" for name, size in (("sha-384", 48), ("sha-512", 64))
    )
    text = finish_description(offer_with(extra=others))
    assert [line for line in text.splitlines() if "fingerprint" in line] == [f"a=fingerprint:sha-256 {DIGEST}"]


def lines_of_sdp() -> st.SearchStrategy[list[str]]:
    word = st.text(st.characters(codec="utf-8"), max_size=12)
    attribute = st.sampled_from([line.partition(":")[0] for line in BODY] + ["a=end-of-candidates", "m=audio 9 X 0"])
    odd = st.builds(lambda name, value: f"{name}:{value}", attribute, word)
    return st.lists(st.sampled_from(BODY) | odd | word | st.just(MEDIA), max_size=40)


@given(st.text(st.characters()) | lines_of_sdp().map(lambda lines: text_of([*HEAD, MEDIA, *lines])), st.booleans())
@example(offer_with(), True)
def test_any_text_gives_a_description_or_a_refusal(text: str, allow_loopback: bool) -> None:
    try:
        description = parse_description(text, "offer", allow_loopback=allow_loopback)
    except RemoteProtocolError:
        return
    again = parse_description(description.text(), "offer", allow_loopback=allow_loopback)
    assert again.text() == description.text()
    assert len(description.candidates) <= SDP_CANDIDATES_MAX
    SessionDescription.parse(description.text())


@given(st.permutations(BODY))
def test_the_order_of_the_lines_does_not_matter(lines: list[str]) -> None:
    assert isinstance(parse_description(text_of([*HEAD, MEDIA, *lines]), "offer"), Description)
