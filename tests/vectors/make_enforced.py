"""Writes enforced.json: models of collections as a policy. Run it after a change of peerset/data/enforcing.py."""

import json
from pathlib import Path
from typing import Any, Final

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import KIND_KEYED, KIND_RECORD, Record, event_of, sign_record
from peerset.core.verdict import Accept
from peerset.data.enforcing import enforce

FILE: Final = Path(__file__).with_name("enforced.json")
NOTE: Final = "Events, and which of them each policy accepts, by place; what each policy is, exactly."
NOW: Final = 1_790_000_000
ANN: Final = SecretKey(bytes([1]) * 32)
PLACE: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"title": {"type": "string", "minLength": 1}, "stars": {"type": "number", "maximum": 4.5}},
    "required": ["title"],
}
MODELS: Final[tuple[dict[str, Any], ...]] = (
    {"places": PLACE},
    {"notes": {"type": "object", "properties": {"é": {"enum": [1.5, None, "\U0001f30d"]}}}},
    {"places": PLACE, "notes": {}},
    {"a": {"maxItems": 2, "items": {"type": "integer"}}},
)
CONTENTS: Final = (
    *('{"title":"x"}', '{"title":"x","later":1}', '{"title":""}', '{"title":"x","stars":"many"}', "{}", "[1.5]"),
    *('{"title":"x","stars":4.5}', '{"title":"x","stars":5}', '{"title":"x","big":9007199254740993}', "no JSON", ""),
)
TAGS: Final = (
    *((KIND_RECORD, [["c", name]]) for name in ("places", "notes", "a", "others")),
    (KIND_RECORD, []),
    (KIND_RECORD, [["c", "places"], ["void"]]),
    (KIND_KEYED, [["c", "places"], ["d", "places/k"]]),
    (KIND_KEYED, [["c", "places"], ["d", "places/k"], ["void"]]),
    *((KIND_KEYED, [["c", "places"], ["d", key]]) for key in ("places/", "k", "notes/k", "places/" + "k" * 513)),
)


def make() -> str:
    """Give the text of the file."""
    # All contents of a few, and a few of all.
    records = [
        _record(kind, tags, content)
        for at, (kind, tags) in enumerate(TAGS)
        for content in (CONTENTS if at < 3 else CONTENTS[:3])
    ]
    parts = {
        "note": NOTE,
        "events": [event_of(record) for record in records],
        "policies": [_policy(models, records) for models in MODELS],
    }
    return json.dumps(parts, indent=1) + "\n"


def _record(kind: int, tags: list[list[str]], content: str) -> Record:
    return sign_record(ANN, created_at=UnixTime(NOW), kind=kind, tags=tags, content=content)


def _policy(models: dict[str, Any], records: list[Record]) -> dict[str, Any]:
    policy = enforce(models)
    manifest = policy.manifest
    accepted = [at for at, verdict in enumerate(policy.judge(records)) if isinstance(verdict, Accept)]
    return {
        "models": models,
        "parameters": manifest.parameters,
        "hashes": [each.hex() for each in manifest.hashes],
        "id": manifest.id.hex(),
        "accepted": accepted,
    }


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
