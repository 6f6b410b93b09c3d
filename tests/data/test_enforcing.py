"""Models of collections as a rule of the room."""

import json
import runpy
from pathlib import Path

import pytest

import peerset
from peerset.core.verdict import Accept, PolicyClass, Reject
from peerset.data.enforcing import enforce
from peerset.testing.check_policy import check_policy
from peerset.testing.sample_documents import ANN, PLACES_SCHEMA, document
from tests.data.places import Place, alone

NOTES = {"type": "object", "properties": {"n": {"type": "number", "maximum": 4.5}}, "required": ["n"]}


def test_what_does_not_fit_is_refused_with_the_reason_and_all_else_is_let_in() -> None:
    policy = enforce({"places": PLACES_SCHEMA})
    fitting = [
        document(ANN, 1, {"title": "x", "later": 1}),
        document(ANN, 2, {"title": "x"}, key="k"),
        document(ANN, 3, None, key="k"),
    ]
    wrong = [
        document(ANN, 4, {"title": ""}),
        document(ANN, 5, {"title": "x", "stars": "many"}, key="k"),
        document(ANN, 6, {"title": "x"}, key=""),
        document(ANN, 7, None),
        document(ANN, 8, {"title": "x", "big": 2**53 + 1}),
    ]
    assert list(policy.judge(fitting)) == [Accept()] * len(fitting)
    verdicts = policy.judge(wrong)
    assert all(isinstance(each, Reject) for each in verdicts)
    assert verdicts[1] == Reject("collections", "it does not fit 'places': stars: 'many' is no number")
    other = enforce({"notes": NOTES})
    assert list(other.judge([*fitting, *wrong])) == [Accept()] * 8


def test_it_is_told_apart_by_its_schemas() -> None:
    policies = [enforce({"a": NOTES}), enforce({"b": NOTES}), enforce({"a": NOTES, "b": NOTES}), enforce({"a": Place})]
    assert len({each.manifest.id for each in policies}) == 4
    assert enforce({"b": NOTES, "a": NOTES}).manifest == policies[2].manifest
    assert policies[0].policy_class is PolicyClass.ADMISSION


def test_pages_are_told_the_same() -> None:
    folder = Path(__file__).parents[1] / "vectors"
    made = runpy.run_path(str(folder / "make_enforced.py"))["make"]()
    assert made == (folder / "enforced.json").read_text(encoding="utf-8"), "run tests/vectors/make_enforced.py"


def places_policy() -> peerset.FunctionPolicy:
    return enforce({"places": Place})


@pytest.mark.real_time
async def test_it_keeps_the_contract_of_policies() -> None:
    await check_policy(places_policy)


@pytest.mark.real_time
async def test_a_room_refuses_what_does_not_fit() -> None:
    async with alone(policies=[peerset.enforce({"places": Place})]) as room:
        places = room.collection("places")
        with pytest.raises(peerset.RejectedError, match="stars"):
            await places.add({"title": "t", "city": "Berlin", "stars": 9})
        await places.add({"title": "t", "city": "Berlin"})
        await room.publish(json.dumps({"title": 5}), tags=[("c", "others")])
        assert room.count == 2


@pytest.mark.parametrize("models", [{}, [], None, {"Bad Name": Place}, {"a": None}, {"a": 5}, {"a": {"$ref": "x"}}])
def test_what_cannot_be_enforced_is_refused(models: object) -> None:
    with pytest.raises(peerset.ConfigError):
        enforce(models)  # type: ignore[arg-type] # that is what is tried
