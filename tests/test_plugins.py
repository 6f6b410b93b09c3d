"""Plugins by name."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import peerset
from peerset.core.record import Record
from peerset.errors import ConfigError
from peerset.plugins import POLICIES, STORES, installed, load_factory, open_policies, open_store
from peerset.stores.memory import MemoryStore, open_memory
from peerset.stores.sqlite import SQLiteStore


def install(folder: Path, distribution: str, entry_points: str) -> None:
    """Write the metadata of an installed distribution, as an installer does."""
    metadata = folder / f"{distribution}-1.0.dist-info"
    metadata.mkdir()
    metadata.joinpath("METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    metadata.joinpath("entry_points.txt").write_text(entry_points)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose distributions count as installed."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_the_built_in_stores_are_installed_like_any_other() -> None:
    assert {"memory", "sqlite"} <= set(installed(STORES))
    assert load_factory(STORES, "memory") is open_memory


async def test_a_spec_opens_the_store_it_names() -> None:
    assert isinstance(await open_store("memory:"), MemoryStore)


@pytest.mark.real_time
async def test_what_follows_the_first_colon_is_the_stores_own(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:{tmp_path / 'a:b.db'}")
    await store.aclose()
    assert isinstance(store, SQLiteStore)
    assert (tmp_path / "a:b.db").is_file()


async def test_a_store_is_given_back_as_it_is() -> None:
    store = MemoryStore()
    assert await open_store(store) is store


@pytest.mark.parametrize("spec", ["lobby.db", "", ":lobby.db"])
async def test_a_spec_without_a_kind_says_how_to_write_one(spec: str) -> None:
    with pytest.raises(ConfigError, match=r"write 'kind:place', for example 'sqlite:lobby\.db' \(installed: .*memory"):
        await open_store(spec)


async def test_a_store_that_is_not_installed_is_named_beside_those_that_are() -> None:
    with pytest.raises(ConfigError, match=r"no plugin 'etcd' of peerset\.stores is installed; there are: memory, sq"):
        await open_store("etcd:cluster")


def test_a_group_without_plugins_says_none() -> None:
    with pytest.raises(ConfigError, match="there are: none"):
        load_factory("peerset.nothing", "any")


async def test_a_plugin_that_cannot_be_imported_says_why(site: Path) -> None:
    install(site, "broken", "[peerset.stores]\nbroken = no_such_module:open_store\n")
    with pytest.raises(ConfigError, match=r"'broken' of peerset\.stores \(no_such_module:open_store\) cannot be imp"):
        await open_store("broken:")


def test_a_plugin_without_its_factory_says_so(site: Path) -> None:
    install(site, "lacking", "[peerset.policies]\nlacking = peerset.errors:no_such_name\n")
    with pytest.raises(ConfigError, match="no_such_name"):
        load_factory(POLICIES, "lacking")


def test_a_plugin_that_is_no_factory_is_refused(site: Path) -> None:
    install(site, "constant", "[peerset.policies]\nconstant = peerset.plugins:POLICIES\n")
    with pytest.raises(ConfigError, match="is not callable"):
        load_factory(POLICIES, "constant")


async def test_a_store_factory_that_is_not_async_is_refused(site: Path) -> None:
    install(site, "hasty", "[peerset.stores]\nhasty = builtins:str\n")
    with pytest.raises(ConfigError, match=r"'hasty' of peerset\.stores is no async function"):
        await open_store("hasty:lobby.db")


def test_two_plugins_of_one_name_are_refused(site: Path) -> None:
    install(site, "rival", "[peerset.stores]\nmemory = rival:open_memory\n")
    with pytest.raises(ConfigError, match=r"installed more than once: peerset\.stores\.memory:open_memory, rival"):
        load_factory(STORES, "memory")


def test_one_plugin_seen_twice_is_one(site: Path) -> None:
    install(site, "mirror", "[peerset.stores]\nmemory = peerset.stores.memory:open_memory\n")
    assert load_factory(STORES, "memory") is open_memory


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
