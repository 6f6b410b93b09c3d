"""The rooms of a node as they are written down."""

import json
from pathlib import Path

import pytest

from peerset.cli.node_rooms import Added, Writer, read_rooms
from peerset.cli.options import RoomOptions
from peerset.core.signal import RoomName
from peerset.errors import ConfigError

JOIN_HELP = "peerset join --help says what can"
FILE = """# The rooms of our club.
[[rooms]]
room = "lobby"
retention = "30d"
policies = ["words", { command = ["node", "judge.mjs"] }]

[[rooms]]
room = "garden"
app = "club"
disk-bytes = 500_000_000
store = "memory:"
"""


def writer(folder: Path, **base: object) -> Writer:
    return Writer(RoomOptions(**base), folder)  # type: ignore[arg-type]  # each test knows its own


def test_each_table_is_a_room_with_options_of_join(tmp_path: Path) -> None:
    path = tmp_path / "rooms.toml"
    path.write_text(FILE, "utf-8")
    [lobby, garden], mistakes = read_rooms(path, writer(tmp_path, retention="7d", relay=True))
    assert mistakes == []
    assert lobby.name == RoomName("peerset", "lobby")
    assert (lobby.options.retention, lobby.options.relay) == ("30d", True)
    assert lobby.options.policy == ["words", 'command:{"argv": ["node", "judge.mjs"]}']
    assert lobby.options.store.startswith(f"sqlite:{tmp_path}/rooms/lobby-")
    assert garden.name == RoomName("club", "garden")
    assert (garden.options.retention, garden.options.disk_bytes, garden.options.store) == ("7d", 500_000_000, "memory:")


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ('room = "a"\ncolour = "red"', "'colour' cannot be set"),
        ('room = "a"\nseconds = 3', "'seconds' cannot be set"),
        ('room = "a"\ndisk-bytes = "much"', "disk-bytes is a whole number"),
        ('room = "a"\ndisk-bytes = 1', "disk-bytes is at least"),
        ("room = 7", 'as in room = "lobby"'),
        ('policies = ["words"]', 'as in room = "lobby"'),
        ('room = ""', "empty"),
        ('room = "lobby"', "stands there already"),
        ('room = "peerset:nonsense"', "address"),
    ],
)
def test_a_mistake_is_that_room_s_alone_and_named_by_its_line(tmp_path: Path, table: str, says: str) -> None:
    path = tmp_path / "rooms.toml"
    path.write_text(f'[[rooms]]\nroom = "lobby"\n\n[[rooms]]\n{table}\n[[rooms]]\nroom = "last"\n', "utf-8")
    entries, [mistake] = read_rooms(path, writer(tmp_path))
    assert [entry.name.room for entry in entries] == ["lobby", "last"]
    assert mistake.startswith(f"{path}, the room at line 4: ")
    assert says in mistake


@pytest.mark.parametrize(
    "text", ["[[rooms", "rooms = 3", 'rooms = ["lobby"]', 'room = "lobby"', "[rooms]\na = 1", "[[rooms]]\nroom = a"]
)
def test_what_is_no_list_of_rooms_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rooms.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=r"rooms\.toml"):
        read_rooms(path, writer(tmp_path))


def test_rooms_that_were_added_are_remembered_until_they_are_removed(tmp_path: Path) -> None:
    path = tmp_path / "added.json"
    added = Added(path, writer(tmp_path))
    added.add("lobby", {"retention": "30d"})
    added.add("peerset:club/garden", {})
    again = Added(path, writer(tmp_path))
    assert list(again.entries.values()) == list(added.entries.values())
    assert again.entries[RoomName("peerset", "lobby")].options.retention == "30d"
    assert again.remove(RoomName("peerset", "lobby"))
    assert not again.remove(RoomName("peerset", "lobby"))
    assert [name.room for name in Added(path, writer(tmp_path)).entries] == ["garden"]
    assert path.stat().st_mode & 0o077 == 0


def test_an_added_room_that_cannot_be_kept_any_more_stays_written_down(tmp_path: Path) -> None:
    path = tmp_path / "added.json"
    path.write_text('[["lobby", {"gone": 1}], ["garden", {}]]', "utf-8")
    added = Added(path, writer(tmp_path))
    assert [name.room for name in added.entries] == ["garden"]
    assert added.mistakes == [f"{path}, the room 'lobby': 'gone' cannot be set for a room of a node: {JOIN_HELP}"]
    added.add("hall", {})
    assert added.remove(RoomName("peerset", "garden"))
    assert json.loads(path.read_text("utf-8")) == [["hall", {}], ["lobby", {"gone": 1}]]


def test_what_cannot_be_saved_is_not_added(tmp_path: Path) -> None:
    added = Added(tmp_path / "nowhere" / "added.json", writer(tmp_path))
    with pytest.raises(ConfigError, match="cannot write"):
        added.add("lobby", {})
    assert added.entries == {}


def test_what_cannot_be_added_is_not_remembered(tmp_path: Path) -> None:
    added = Added(tmp_path / "added.json", writer(tmp_path))
    for room, said in (("", {}), ("lobby", {"colour": "red"}), (None, {}), ("lobby", {"retention": 3.5})):
        with pytest.raises(ConfigError):
            added.add(room, said)
    assert added.entries == {}
    assert not (tmp_path / "added.json").exists()


@pytest.mark.parametrize("text", ["", "3", "[3]", '[["lobby"]]', '[["lobby", 3]]', "[" * 10_000])
def test_a_file_of_added_rooms_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "added.json"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=r"added\.json"):
        Added(path, writer(tmp_path))
