"""Kinds of queries."""

from typing import Any

import pytest

from peerset.documents.asking import kind_of
from peerset.documents.plan import plan
from peerset.testing.sample_documents import ANN, NOON, PLACES


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ({}, "by -time"),
        ({"where": {"city": "Berlin", "stars": {"gte": 4}}, "order": "-stars"}, "city eq, stars gte, by -stars -time"),
        (
            {"where": {"any": [{"city": "a", "open": True}, {"key": {"in": ["k"]}}]}},
            "any(city eq and open eq or key in), by -time",
        ),
        ({"text": "vegan", "at": 1}, "text, at, by -time"),
        ({"author": "ab" * 32, "order": "time"}, "author eq, by time"),
    ],
)
def test_a_kind_names_fields_and_no_values(query: dict[str, Any], kind: str) -> None:
    given = dict(query)
    if "author" in given:
        given["author"] = ANN.public_key
    assert kind_of(plan(PLACES, given.pop("where", None), now=NOON, **given)) == kind
