"""Writes links.json: what new devices ask, and what answers them. Run it after a change."""

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from peerset.core import bech32
from peerset.core.address import Address
from peerset.core.clock import UnixTime
from peerset.core.grant import sign_grant
from peerset.core.keys import SecretKey
from peerset.core.linking import PREFIX, LinkAnswer, LinkRequest, encode_answer, sign_link
from peerset.core.linking_code import LinkingCode
from peerset.core.nip44 import conversation_key, seal_text
from peerset.core.signal import RoomName

FILE: Final = Path(__file__).with_name("links.json")
NOTE: Final = (
    "`requests`: what a device's secret signs, and the text. `forged`: texts that are read, but that no device signed "
    "so. `refusals`: texts that are no requests. `answers`: what an owner's secret seals for a device with a nonce "
    "(NIP-44). `codes`: what a code's key, the room's address and a page make, and what the text says. `damaged`: "
    "texts that are no codes."
)
DEVICE, OWNER = SecretKey(b"\2" * 32), SecretKey(b"\1" * 32)
ROOM: Final = RoomName("peerset", "lobby").tag
NONCE: Final = bytes(range(16))
UNTIL: Final = UnixTime(1_790_000_600)
CODE: Final = SecretKey(b"\5" * 32)
PAGE: Final = "https://chat.example/lobby?lang=de"
LOBBY: Final = RoomName("peerset", "lobby")
SEAL: Final = bech32.encode("seal", b"\7" * 32)


def make() -> str:
    """Give the text of the file."""
    parts = {
        "note": NOTE,
        "requests": [_row(_request(name=name)) for name in ("phone", "Ännchens Gerät \N{MOBILE PHONE}", "x" * 64)],
        "forged": [
            replace(_request(), name="laptop").text,
            replace(_request(), until=UnixTime(UNTIL + 1)).text,
            replace(_request(), room_tag=RoomName("peerset", "attic").tag).text,
            replace(_request(), device=OWNER.public_key).text,
        ],
        "refusals": _refusals(),
        "answers": [_answer()],
        "codes": [
            _code_row(_code(page=PAGE)),
            _code_row(_code()),
            _code_row(_code(page=PAGE, seals=(SEAL,), password="p&w", signaling=("wss://tracker.example", "lan:"))),
        ],
        "damaged": _damaged(),
    }
    return json.dumps(parts, indent=1, ensure_ascii=False) + "\n"


def _request(name: str = "phone") -> LinkRequest:
    return sign_link(DEVICE, room_tag=ROOM, nonce=NONCE, until=UNTIL, name=name)


def _row(request: LinkRequest) -> dict[str, Any]:
    return {
        "secret": DEVICE.secret.hex(),
        "device": request.device.hex(),
        "room": request.room_tag.hex(),
        "nonce": request.nonce.hex(),
        "until": request.until,
        "name": request.name,
        "text": request.text,
    }


def _refusals() -> list[str]:
    text = _request().text
    data = base64.urlsafe_b64decode(text[len(PREFIX) :] + "==")
    return [
        "",
        PREFIX,
        text[:-8],
        text[:100],
        text + "=",
        text + "*",
        text.upper(),
        text[len(PREFIX) :],
        "peerset:peerset/lobby",
        _coded(b"\0" * 32 + data[32:]),
        _coded(data[:64] + b"\xff" * 8 + data[72:]),
        _coded(data[:136]),
        _coded(data[:136] + b"\xff\xfe"),
        _coded(data[:136] + b"a\x00b"),
        _coded(data[:136] + b"a\x7fb"),
        _coded(data[:136] + b"   "),
        _coded(data[:136] + b"x" * 65),
        _coded(data[:136] + b"x" * 400),
    ]


def _coded(data: bytes) -> str:
    return PREFIX + base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _answer() -> dict[str, Any]:
    answer = LinkAnswer("grant", "phone", NONCE)
    sealed = seal_text(encode_answer(answer), conversation_key(OWNER, DEVICE.public_key), nonce=b"\3" * 32)
    return {
        "owner": OWNER.secret.hex(),
        "device": DEVICE.public_key.hex(),
        "nonce": "03" * 32,
        "said": {"grant": "grant", "name": "phone", "nonce": NONCE.hex()},
        "sealed": sealed,
    }


def _code(
    *, page: str = "", key: SecretKey = CODE, writer: SecretKey = CODE, room: str = "lobby", **said: Any
) -> LinkingCode:
    tag = RoomName("peerset", room).tag
    grant = sign_grant(
        OWNER,
        writer.public_key,
        room_tag=tag,
        since=UnixTime(UNTIL - 1_200),
        until=UNTIL,
        collections=("peerset.devices",),
        is_on_behalf=False,
    )
    return LinkingCode(key, Address(LOBBY, grants=(grant.text,), **said), page)


def _code_row(code: LinkingCode) -> dict[str, Any]:
    return {
        "key": code.key.secret.hex(),
        "owner": code.owner.hex(),
        "until": code.until,
        "page": code.page,
        "asking": code.asking,
        "room": code.room,
        "text": code.text,
    }


def _damaged() -> list[str]:
    text = _code(page=PAGE).text
    [grant], [other] = _code().address.grants, _code(writer=DEVICE).address.grants
    more = replace(_code(), address=replace(_code().address, grants=(grant, other)))
    return [
        "",
        PAGE,
        "peerset:peerset/lobby",
        text[:90],
        text[:-4],
        text[len(PAGE) :],
        text.replace("https:", "ftp:"),
        text.replace("grant=", "seal="),
        text.replace("peerset/lobby", "peerset/attic"),
        text.split("?")[0],
        text.replace("peerset-device:BQ", "peerset-device:BR"),
        text.replace("&peerset:", "=&peerset:"),
        _code(key=DEVICE).text,
        _code(writer=DEVICE).text,
        _code(room="attic").text,
        more.text,
    ]


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
