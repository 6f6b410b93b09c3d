"""Policies by name or object, sorted into a rulebook."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import peerset
from peerset.core.record import Record
from peerset.errors import ConfigError
from peerset.moderation.rulebook import open_policies, with_budget
from tests.test_plugins import install, site

__all__ = ["site"]


@peerset.admission("calm", version=1)
def calm(record: Record) -> str | None:
    return None


@peerset.view("mute", version=1)
def mute(record: Record) -> str | None:
    return "muted"


class Newest:
    """A set rule: the newest of each author."""

    name = "newest"
    policy_class = peerset.PolicyClass.SET_RULE
    manifest = peerset.Manifest("newest", 1)
    reason = "an older one"

    def group(self, record: Record) -> tuple[str, ...] | None:
        return (record.author.hex(),)

    def keep(self, group: Sequence[peerset.Seat]) -> frozenset[peerset.RecordId]:
        return frozenset([max(group).id])


def test_policies_are_sorted_by_class() -> None:
    newest = Newest()
    rulebook = open_policies([mute, calm, newest])
    assert (rulebook.admission, rulebook.set_rules, rulebook.views) == ((calm,), (newest,), (mute,))
    assert rulebook.manifests == (calm.manifest, newest.manifest)


def test_two_policies_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigError, match="two policies are called 'calm'"):
        open_policies([calm, calm])


@pytest.mark.parametrize("thing", [object(), 7, Newest.group])
def test_what_is_no_policy_is_refused(thing: Any) -> None:
    with pytest.raises(ConfigError, match="is no policy"):
        open_policies([thing])


def test_a_policy_that_lacks_a_part_is_told_which() -> None:
    class Half:
        policy_class = peerset.PolicyClass.SET_RULE
        name = "half"
        manifest = peerset.Manifest("half", 1)

    thing: Any = Half()
    with pytest.raises(ConfigError, match="lacks group, keep, reason"):
        open_policies([thing])


def test_an_unknown_policy_is_told_with_those_installed() -> None:
    with pytest.raises(ConfigError, match="no plugin 'nonesuch'"):
        open_policies(["nonesuch:a=b"])


def test_a_policy_by_name_gets_what_follows_the_colon(site: Path) -> None:
    install(site, "rules", "[peerset.policies]\nhouse = house_rules:make\nready = house_rules:ready\n")
    site.joinpath("house_rules.py").write_text(
        "import peerset\n"
        "def make(parameters):\n"
        '    parameters = \'{"text":"%s"}\' % parameters\n'
        "    return peerset.admission('house', version=1, parameters=parameters)(lambda record: None)\n"
        "ready = peerset.admission('ready', version=1)(lambda record: None)\n"
    )
    rulebook = open_policies(["house:a=b:c", "ready"])
    assert [policy.manifest.parameters for policy in rulebook.admission] == ['{"text":"a=b:c"}', "{}"]
    with pytest.raises(ConfigError, match="takes no parameters"):
        open_policies(["ready:x"])


def test_a_room_has_a_generous_budget_that_is_in_no_rules_id() -> None:
    rulebook = with_budget([calm])
    assert [rule.name for rule in rulebook.set_rules] == ["budget"]
    assert rulebook.manifests == (calm.manifest,)
    assert rulebook.set_rules[0].manifest.parameters == ('{"author":268435456,"deletions":100000,"room":1073741824}')


def test_a_room_may_have_another_budget_or_none() -> None:
    own = with_budget(["budget:author=65536"])
    assert len(own.set_rules) == 1
    assert own.manifests == (own.set_rules[0].manifest,)
    none = with_budget(["budget:off", calm])
    assert (none.set_rules, none.manifests) == ((), (calm.manifest,))
    assert open_policies(["budget:off"]) == open_policies([])
