"""What a signer elsewhere and its clients say to each other (NIP-46), as texts and values."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import parse_qsl, quote, urlsplit

from peerset.core.keys import PublicKey, is_public_key
from peerset.core.record import Record, event_of, record_of
from peerset.errors import ConfigError, MalformedError, SignatureError

KIND_SIGNING: Final = 24_133
KIND_AUTH: Final = 22_242
SCHEME: Final = "bunker"
CLIENT_SCHEME: Final = "nostrconnect"
RELAYS_MAX: Final = 8
ADDRESS_CHARACTERS_MAX: Final = 4_096
PARAMETERS_MAX: Final = 8
ERROR_CHARACTERS_MAX: Final = 300
ID_CHARACTERS_MAX: Final = 128
CHALLENGE_CHARACTERS_MAX: Final = 1_024
NAME_CHARACTERS_MAX: Final = 64

_HEX: Final = re.compile("[0-9a-f]{64}")
_KIND: Final = re.compile("sign_event(?::([0-9]{1,5}))?")
_AUTH: Final = "auth_url"


@dataclass(frozen=True, slots=True)
class BunkerAddress:
    """Where a signer is: ``bunker://KEY?relay=wss://relay.example&secret=TEXT``."""

    signer: PublicKey
    """Whom to speak to; not always who signs."""
    relays: tuple[str, ...]
    secret: str = ""
    """Lets who comes with it be a client; never shown by errors."""

    def __str__(self) -> str:
        secret = [("secret", self.secret)] if self.secret else []
        return _write(SCHEME, self.signer, self.relays, secret)


@dataclass(frozen=True, slots=True)
class ClientAddress:
    """Where a client waits for a signer: ``nostrconnect://KEY?relay=wss://relay.example&secret=TEXT``."""

    client: PublicKey
    relays: tuple[str, ...]
    secret: str
    """Tells the client that who answers was shown this; never shown by errors."""
    kinds: frozenset[int] | None = None
    """What it wants to have signed; None: whatever it is."""
    name: str = ""
    """What it calls itself."""

    def __str__(self) -> str:
        kinds = "sign_event" if self.kinds is None else ",".join(f"sign_event:{kind}" for kind in sorted(self.kinds))
        name = [("name", self.name)] if self.name else []
        return _write(CLIENT_SCHEME, self.client, self.relays, [("secret", self.secret), ("perms", kinds), *name])


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that is to be signed."""

    created_at: int
    kind: int
    tags: Sequence[Sequence[str]]
    content: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A client asks for *method*."""

    id: str
    method: str
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """The signer gives a result, or says why not."""

    id: str
    result: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Challenged:
    """The signer wants its user to open *url* first; the answer to the same request comes later."""

    id: str
    url: str


def is_bunker_address(text: object) -> bool:
    """Say whether *text* is meant as the address of a signer."""
    return isinstance(text, str) and text.lower().startswith(f"{SCHEME}://")


def parse_bunker_address(text: str) -> BunkerAddress:
    """Read the address of a signer.

    Raises:
        ConfigError: it names no key or no relay, or too many; the message does not repeat its secret.

    """
    if len(text) > ADDRESS_CHARACTERS_MAX or not is_bunker_address(text):
        raise ConfigError("a signer's address is bunker://KEY?relay=wss://relay.example&secret=TEXT")
    key, relays, said = _read(text, "a signer's address")
    return BunkerAddress(key, relays, said.get("secret", ""))


def parse_client_address(text: str) -> ClientAddress:
    """Read where a client waits for a signer.

    Raises:
        ConfigError: it names no key, no relay or too many, or no secret, which the message does not repeat.

    """
    if len(text) > ADDRESS_CHARACTERS_MAX or not text.lower().startswith(f"{CLIENT_SCHEME}://"):
        raise ConfigError("a client's address is nostrconnect://KEY?relay=wss://relay.example&secret=TEXT")
    key, relays, said = _read(text, "a client's address")
    if not said.get("secret"):
        raise ConfigError("a client's address has a secret, by which the client knows who was shown it: secret=TEXT")
    wanted = [each.strip() for each in said.get("perms", "").split(",") if each.strip()]
    kinds = [_KIND.fullmatch(each) for each in wanted if each.startswith("sign_event")]
    found = frozenset(int(each[1]) for each in kinds if each is not None and each[1])
    is_whole = not wanted or any(each is not None and not each[1] for each in kinds)
    name = "".join(each for each in said.get("name", "") if each.isprintable())[:NAME_CHARACTERS_MAX]
    return ClientAddress(key, relays, said["secret"], None if is_whole else found, name)


def _read(text: str, what: str) -> tuple[PublicKey, tuple[str, ...], dict[str, str]]:
    """Give the key, the relays and all else of an address, which is *what* in errors."""
    try:
        parts = urlsplit(text)
        said = parse_qsl(parts.query, strict_parsing=True, max_num_fields=2 * RELAYS_MAX)
    except ValueError as error:
        raise ConfigError(f"{what} whose query cannot be read") from error
    key = parts.netloc.lower()
    if not _HEX.fullmatch(key) or not is_public_key(bytes.fromhex(key)):
        raise ConfigError(f"{what} begins with its public key in hex, and this one does not")
    relays = tuple(dict.fromkeys(value for name, value in said if name == "relay"))
    if not 1 <= len(relays) <= RELAYS_MAX or not all(relay.startswith(("ws://", "wss://")) for relay in relays):
        raise ConfigError(f"{what} names 1 to {RELAYS_MAX} relays: relay=wss://relay.example")
    return PublicKey(bytes.fromhex(key)), relays, dict(said)


def _write(scheme: str, key: PublicKey, relays: Sequence[str], said: Sequence[tuple[str, str]]) -> str:
    fields = [*(("relay", relay) for relay in relays), *said]
    return f"{scheme}://{key.hex()}?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in fields)


def encode_asked(asked: Asked) -> str:
    """Write what a client asks for."""
    return _encode({"id": asked.id, "method": asked.method, "params": list(asked.parameters)})


def encode_answer(answer: Answered | Challenged) -> str:
    """Write what the signer says to it."""
    if isinstance(answer, Challenged):
        return _encode({"id": answer.id, "result": _AUTH, "error": answer.url})
    # Some clients read a result, even an empty one, before they look for an error.
    said = {"error": answer.error} if answer.error else {"result": answer.result}
    return _encode({"id": answer.id, **said})


def decode_asked(text: str) -> Asked:
    """Read what a client asks for.

    Raises:
        MalformedError: it is no request.

    """
    match _decode(text):
        case {"id": str(name), "method": str(method), "params": [*given]} if (
            0 < len(name) <= ID_CHARACTERS_MAX and len(given) <= PARAMETERS_MAX
        ):
            return Asked(name, method, tuple(each if isinstance(each, str) else "" for each in given))
        case _:
            raise MalformedError("no request to a signer (NIP-46)")


def decode_answer(text: str) -> Answered | Challenged:
    """Read what a signer says.

    Raises:
        MalformedError: it is no answer.

    """
    said = _decode(text)
    name, result, error = said.get("id"), said.get("result"), said.get("error")
    if not isinstance(name, str) or not isinstance(result, str | None) or not isinstance(error, str | None):
        raise MalformedError("no answer of a signer (NIP-46)")
    if result is None and error is None:
        raise MalformedError("an answer of a signer that says nothing (NIP-46)")
    if result == _AUTH and error:
        return Challenged(name, error)
    return Answered(name, result or "", (error or "")[:ERROR_CHARACTERS_MAX])


def encode_draft(draft: Draft) -> str:
    """Write what is to be signed."""
    tags = [list(tag) for tag in draft.tags]
    return _encode({"created_at": draft.created_at, "kind": draft.kind, "tags": tags, "content": draft.content})


def decode_draft(text: str) -> Draft:
    """Read what is to be signed; whether it breaks the rules of records is checked by who signs it.

    Raises:
        MalformedError: it is no draft of an event.

    """
    match _decode(text):
        case {"created_at": int(created_at), "kind": int(kind), "tags": [*tags], "content": str(content)} if all(
            isinstance(tag, list) and all(isinstance(each, str) for each in tag) for tag in tags
        ):
            return Draft(created_at, kind, cast("list[list[str]]", tags), content)
        case _:
            raise MalformedError("no draft of an event")


def encode_signed(record: Record) -> str:
    """Write what was signed."""
    return _encode(event_of(record))


def read_signed(text: str, draft: Draft, author: PublicKey) -> Record:
    """Read what a signer made of *draft*: it is checked like a stranger's.

    Raises:
        SignatureError: it is signed by another, says something else, or its signature is not valid.

    """
    try:
        record = record_of(_decode(text))
    except MalformedError as error:
        raise SignatureError(f"the signer gave no event: {error}") from error
    said = (record.author, record.created_at, record.kind, record.tags, record.content)
    if said != (author, draft.created_at, draft.kind, tuple(map(tuple, draft.tags)), draft.content):
        raise SignatureError("the signer signed something else than it was asked to")
    if not record.has_valid_signature():
        raise SignatureError("the signer's signature is not valid")
    return record


def _encode(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _decode(text: str) -> dict[str, object]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MalformedError("what was said to a signer is no JSON") from error
    if not isinstance(value, dict):
        raise MalformedError("what was said to a signer is no JSON object")
    return value
