"""Plugins by name."""

import random
from pathlib import Path

import pytest

from peerset.errors import ConfigError
from peerset.plugins import POLICIES, STORES, installed, load_factory, open_signaling, open_store
from peerset.signaling.torrent import TorrentHub
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


def test_a_plugin_is_found_that_was_installed_after_others_were_looked_for(site: Path) -> None:
    assert load_factory(STORES, "memory") is open_memory
    install(site, "late", "[peerset.stores]\nlate = peerset.stores.memory:open_memory\n")
    assert load_factory(STORES, "late") is open_memory


async def test_a_store_that_is_not_installed_is_named_beside_those_that_are() -> None:
    with pytest.raises(
        ConfigError, match=r"no plugin 'etcd' of peerset\.stores is installed; there are: memory, postgr"
    ):
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


def test_a_strategy_of_signaling_is_made_by_its_name() -> None:
    assert isinstance(open_signaling("torrent", rng=random.Random(0)), TorrentHub)


def test_an_unknown_strategy_is_named_beside_those_that_are_there() -> None:
    with pytest.raises(ConfigError, match=r"there is no signaling strategy 'https'; there are: .*torrent"):
        open_signaling("https", rng=random.Random(0))


def test_what_a_plugin_lacks_is_told_with_the_extra_that_brings_it(site: Path) -> None:
    install(site, "more", "[peerset.signaling]\nlacking = no_such_module:Hub\n")
    with (site / "more-1.0.dist-info" / "METADATA").open("a") as metadata:
        metadata.write("Provides-Extra: lacking\n")
    with pytest.raises(ConfigError, match=r"No module named 'no_such_module' \(pip install 'more\[lacking\]'\)"):
        open_signaling("lacking", rng=random.Random(0))
