"""Writes bound.json: rooms named by their rules. Run it after a change of names or of the rules id."""

import json
from pathlib import Path
from typing import Final

from peerset.core.bound import bind, is_bound
from peerset.core.rules import Manifest, Rules

FILE: Final = Path(__file__).with_name("bound.json")
NOTE: Final = (
    "rooms: a room, its retention in seconds and the manifests of its policies (name, version, parameters, hashes), "
    "and the name under which only those meet who have these rules. names: which names end in a hash of rules."
)
DAY: Final = 86_400
RULES: Final = (
    ("lobby", Rules()),
    ("lobby", Rules(retention_seconds=30 * DAY)),
    (
        "lobby",
        Rules(policies=(Manifest("links", 1, '{"allow":["zoom.us"]}'), Manifest("words", 2, "{}", (bytes(32),)))),
    ),
    ("a/b~c \u00fc", Rules(retention_seconds=DAY, policies=(Manifest("kinds", 1),))),
)
HASH: Final = "0123456789abcdef" * 2
NAMES: Final = (
    "lobby",
    f"lobby~{HASH}",
    f"~{HASH}",
    f"a~b~{HASH}",
    f"lobby~{HASH}/photos",
    f"lobby~{HASH.upper()}",
    f"lobby~{HASH[1:]}",
    f"lobby~0{HASH}",
    f"lobby{HASH}",
    f"lobby~{HASH} ",
)


def make() -> str:
    """Give the text of the file."""
    rooms = [
        {
            "room": room,
            "retention": rules.retention_seconds,
            "manifests": [each.fields for each in rules.policies],
            "name": bind(room, rules),
        }
        for room, rules in RULES
    ]
    names = [{"name": name, "is_bound": is_bound(name)} for name in NAMES]
    return json.dumps({"note": NOTE, "rooms": rooms, "names": names}, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
