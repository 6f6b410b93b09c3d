"""All that can be asked of the HTTP face, declared once: the server and its description are made of this."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from peerset.core.limits import INTEGER_MAX, KIND_MAX
from peerset.faces.facade import Outcome
from peerset.faces.parameters import Parameter, Schema
from peerset.faces.problem import MEDIA_TYPE as PROBLEM_TYPE

JSON_TYPE: Final = "application/json"
STREAM_TYPE: Final = "text/event-stream"
RECORDS_DEFAULT: Final = 100
RECORDS_MAX: Final = 500
POSTED_MAX: Final = 100
VALUES_MAX: Final = 100
TEXT_CHARACTERS_MAX: Final = 1_024
NAME_CHARACTERS_MAX: Final = 256
"""Of an app or a room; longer ones fit into no address."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered, with one status."""

    about: str
    schema: Schema
    media_type: str = JSON_TYPE


@dataclass(frozen=True, slots=True)
class Route:
    """One thing that can be asked; *name* is that of the operation."""

    name: str
    method: str
    path: str
    about: str
    answers: Mapping[int, Answer]
    parameters: tuple[Parameter, ...] = ()
    body: Schema | None = None

    @property
    def query(self) -> tuple[Parameter, ...]:
        """What may stand in the query."""
        return tuple(each for each in self.parameters if not each.is_in_path)


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(about: str, **properties: Any) -> Schema:  # noqa: ANN401 - any JSON Schema
    return {"type": "object", "description": about, "required": list(properties), "properties": properties}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _number(minimum: int, maximum: int, **more: int) -> Schema:
    return {"type": "integer", "minimum": minimum, "maximum": maximum, **more}


def _texts(**form: Any) -> Schema:  # noqa: ANN401 - any JSON Schema
    return {"type": "array", "maxItems": VALUES_MAX, "items": {"type": "string", **form}}


def _problem(about: str) -> Answer:
    return Answer(about, _ref("Problem"), PROBLEM_TYPE)


HEX_32: Final = {"pattern": "^[0-9a-f]{64}$", "minLength": 64, "maxLength": 64}
HEX_64: Final = {"type": "string", "pattern": "^[0-9a-f]{128}$"}

SCHEMAS: Final[Mapping[str, Schema]] = {
    "Record": _object(
        "A record, as an event of Nostr (NIP-01).",
        id={"type": "string", **HEX_32},
        pubkey={"type": "string", **HEX_32},
        created_at=_number(0, INTEGER_MAX),
        kind=_number(0, KIND_MAX),
        tags=_list(_list({"type": "string"})),
        content={"type": "string"},
        sig=HEX_64,
    ),
    "Page": _object(
        "Some records, newest first.",
        records=_list(_ref("Record")),
        next={"type": ["string", "null"], "description": "What `after` says to get the next ones; null at the end."},
    ),
    "Room": _object(
        "A room that is shown.",
        app={"type": "string"},
        room={"type": "string"},
        tag={"type": "string", "description": "What a record of it says in its tag h.", "pattern": "^[0-9a-f]{32}$"},
        records=_number(0, INTEGER_MAX),
    ),
    "Fate": _object(
        "What became of a record.",
        id={"type": ["string", "null"], "description": "As the record says it."},
        outcome={"type": "string", "enum": [outcome.value for outcome in Outcome]},
        reason={"type": "string"},
    ),
    "Problem": _object(
        "What went wrong (RFC 9457).",
        type={"type": "string"},
        title={"type": "string"},
        status=_number(400, 599),
        detail={"type": "string"},
    ),
}

_ROOM: Final = tuple(
    Parameter(
        name,
        about,
        {"type": "string", "pattern": "^[^\\x00-\\x1f]+$", "minLength": 1, "maxLength": NAME_CHARACTERS_MAX},
        is_in_path=True,
    )
    for name, about in (
        ("app", "Keeps rooms of one name apart; `peerset` unless said otherwise."),
        ("room", "Its name."),
    )
)
_FILTER: Final = (
    Parameter("id", "One of these.", _texts(**HEX_32)),
    Parameter("author", "Written by one of these keys.", _texts(**HEX_32)),
    Parameter(
        "kind", "Of one of these kinds.", {"type": "array", "maxItems": VALUES_MAX, "items": _number(0, KIND_MAX)}
    ),
    Parameter("since", "Written then or later, in Unix seconds.", _number(0, INTEGER_MAX)),
    Parameter("until", "Written then or earlier, in Unix seconds.", _number(0, INTEGER_MAX)),
    Parameter(
        "collection", "In this collection.", {"type": "string", "minLength": 1, "maxLength": TEXT_CHARACTERS_MAX}
    ),
    Parameter(
        "tag",
        "With this value of a tag of one letter, as in `t:news`; several of one letter: one of them.",
        _texts(pattern="^[a-zA-Z]:", minLength=2, maxLength=TEXT_CHARACTERS_MAX),
    ),
    Parameter(
        "search",
        "With all these words; `breakf*` is the beginning of one.",
        {"type": "string", "pattern": "[^\\W_]", "maxLength": 256},
    ),
)
_COMMON: Final = {
    400: _problem("The request makes no sense."),
    401: _problem("A token is wanted."),
    403: _problem("By this name, or from pages of this site, nobody may ask."),
    429: _problem("Too many requests of this address; `Retry-After` says when to come back."),
}
_OF_A_ROOM: Final = {
    **_COMMON,
    404: _problem("No such room is shown here."),
    503: _problem("The room is not open now."),
}

ROUTES: Final = (
    Route(
        "describe",
        "GET",
        "/openapi.json",
        "Give this description.",
        {200: Answer("It.", {"type": "object"}), **_COMMON},
    ),
    Route(
        "rooms",
        "GET",
        "/rooms",
        "List the rooms.",
        {200: Answer("They.", _object("All.", rooms=_list(_ref("Room")))), **_COMMON},
    ),
    Route(
        "room", "GET", "/rooms/{app}/{room}", "Tell of a room.", {200: Answer("It.", _ref("Room")), **_OF_A_ROOM}, _ROOM
    ),
    Route(
        "records",
        "GET",
        "/rooms/{app}/{room}/records",
        "Give the records that readers see and that match all that is said, newest first.",
        {200: Answer("Some of them: fewer than asked for where they are long.", _ref("Page")), **_OF_A_ROOM},
        (
            *_ROOM,
            *_FILTER,
            Parameter(
                "after",
                "What `next` of the page before says.",
                {"type": "string", "pattern": "^[0-9]{1,16}-[0-9a-f]{64}$", "maxLength": 90},
            ),
            Parameter("limit", "At most so many.", _number(1, RECORDS_MAX, default=RECORDS_DEFAULT)),
        ),
    ),
    Route(
        "record",
        "GET",
        "/rooms/{app}/{room}/records/{id}",
        "Give one record, if readers see it.",
        {200: Answer("It.", _ref("Record")), **_OF_A_ROOM, 404: _problem("There is no such room or record here.")},
        (*_ROOM, Parameter("id", "Its id.", {"type": "string", **HEX_32}, is_in_path=True)),
    ),
    Route(
        "write",
        "POST",
        "/rooms/{app}/{room}/records",
        "Bring in records that their authors signed; each is judged as what a peer brings.",
        {
            200: Answer("What became of each.", _object("All.", fates=_list(_ref("Fate")))),
            **_OF_A_ROOM,
            413: _problem("It is too long."),
            415: _problem("It is no JSON by its type."),
        },
        _ROOM,
        {
            "type": "object",
            "required": ["records"],
            "additionalProperties": False,
            "properties": {
                "records": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": POSTED_MAX,
                    "items": {
                        "type": "object",
                        "description": "An event of Nostr, as `Record`; one that is none is `invalid`.",
                    },
                }
            },
        },
    ),
    Route(
        "live",
        "GET",
        "/rooms/{app}/{room}/live",
        "Follow what matches: of what is here as much as `limit` says, an event `live`, then each new record.",
        {
            200: Answer(
                "Server-sent events: `record` with a record, `live`, and `end` with a reason.",
                {"type": "string"},
                STREAM_TYPE,
            ),
            **_OF_A_ROOM,
        },
        (*_ROOM, *_FILTER, Parameter("limit", "At most so many of those here.", _number(0, RECORDS_MAX, default=0))),
    ),
)
