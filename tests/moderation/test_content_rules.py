"""Policies of content in a sealed room: rules over the set, in no rules id."""

import json
import runpy
from pathlib import Path
from typing import Any, Final

import pytest

from peerset.core.envelope import Closed, unread
from peerset.core.keys import npub
from peerset.core.record import KIND_PIN, Record, sign_record
from peerset.core.rules import Manifest, Rules
from peerset.core.verdict import PolicyClass
from peerset.errors import ConfigError
from peerset.moderation.content_rules import ContentRule, with_content_rules
from peerset.moderation.rulebook import open_policies, with_budget
from peerset.moderation.shadows import Shadows
from peerset.policies.command import CommandPolicy
from peerset.policies.function import admission
from tests.protocol.pair import ROOM, START, key

VECTORS: Final = Path(__file__).parents[1] / "vectors"
CASES: Final = json.loads((VECTORS / "seal.json").read_text("utf-8"))["rules"]


@admission("loud", version=1)
def loud(record: Record) -> str | None:
    return "too loud" if record.content.isupper() else None


def record(content: str) -> Record:
    tags = [["h", ROOM.tag.hex()]]
    return sign_record(key(1), created_at=START, kind=1_078, tags=tags, content=content)


def test_what_the_policy_refuses_is_shadowed_each_by_itself() -> None:
    shadows, calm, shout = Shadows([ContentRule(loud)]), record("calm"), record("SHOUT")
    closed = unread(record("CLOSED"), Closed.FOREIGN)
    shadows.add([calm, shout, record("AGAIN"), closed])
    found = shadows.shadowing(shout.id)
    assert found is not None
    assert (found.policy, found.reason) == ("loud", "its content is refused by loud")
    assert [shadows.shadowing(each.id) for each in (calm, closed)] == [None, None]
    assert shadows.group_of(shout.id) == {shout.id}


def test_what_pins_show_is_refused_as_before_and_pins_are_not_asked_about() -> None:
    shadows, shout, gone = Shadows([ContentRule(loud), ContentRule(loud)]), record("SHOUT"), record("GONE")
    pin = sign_record(key(1), created_at=START, kind=KIND_PIN, tags=[], content="AAAA")
    shadows.add([shout, gone, pin])
    shadows.remove_before(START + 1, but={shout.id})
    assert [shadows.shadowing(each.id) is None for each in (shout, gone, pin)] == [False, True, True]
    shadows.remove(shout.id)
    assert shadows.shadowing(shout.id) is None
    shadows.show([shout])
    assert shadows.shadowing(shout.id) is not None


def test_policies_of_envelopes_admit_still_and_the_others_are_in_no_rules_id() -> None:
    kinds = open_policies(["kinds:allow=1078"])
    rulebook = with_content_rules(open_policies(["kinds:allow=1078", loud, "quota"]))
    assert [policy.name for policy in rulebook.admission] == ["kinds"]
    assert [rule.name for rule in rulebook.set_rules] == ["loud", "quota"]
    assert rulebook.set_rules[0].policy_class is PolicyClass.SET_RULE
    assert rulebook.manifests == (*kinds.manifests, rulebook.set_rules[1].manifest)
    assert rulebook.set_rules[0].manifest == loud.manifest


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_sealed_room_has_the_rules_id_of_the_vector(case: dict[str, Any]) -> None:
    described = runpy.run_path(str(VECTORS / "make_seal.py"))["Described"]
    policies = [
        described(each["name"], PolicyClass(each["class"]), each["judges_envelopes"]) for each in case["policies"]
    ]
    plain = with_budget(policies)
    sealed = with_content_rules(plain)
    assert Rules(policies=plain.manifests).id.hex() == case["open"]
    assert Rules(policies=sealed.manifests).id.hex() == case["sealed"]
    assert [each.name for each in sealed.admission] == case["admission"]
    assert [each.name for each in sealed.set_rules] == [*case["set_rules"], "budget"]


@pytest.mark.parametrize("spec", ["writers:owners={},collections=places", "authors:allow={},collections=places"])
def test_a_policy_that_tells_collections_apart_is_refused_for_envelopes_do_not_show_them(spec: str) -> None:
    owner = npub(key(1).public_key)
    with pytest.raises(ConfigError, match="a sealed room hides the names of collections: let the policy"):
        with_content_rules(open_policies([spec.format(owner)]))
    whole = spec.format(owner).partition(",collections")[0]
    assert len(with_content_rules(open_policies([whole])).admission) == 1


def test_a_program_can_only_be_a_view() -> None:
    class Program(CommandPolicy):
        name = "program"
        policy_class = PolicyClass.ADMISSION
        manifest = Manifest("program", 1)

        def __init__(self) -> None: ...

    with pytest.raises(ConfigError, match="program is a program: in a sealed room it can only be a view"):
        with_content_rules(open_policies([Program()]))


def test_a_policy_that_can_be_closed_is() -> None:
    closed: list[str] = []

    class Closing:
        name, policy_class, manifest = "closing", PolicyClass.ADMISSION, Manifest("closing", 1)

        def judge(self, records: object) -> list[object]:
            return []

        def close(self) -> None:
            closed.append(self.name)

    ContentRule(Closing()).close()  # type: ignore[arg-type] # it judges nothing
    ContentRule(loud).close()
    assert closed == ["closing"]
