"""Tables of rooms in a TOML file, each with its line."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.cli.room_tables import read_tables
from peerset.errors import ConfigError

TRICKY = '''# [[rooms]]
[[rooms]]
room = "a"
about = """
[[rooms]]
room = "in a string" \\""" {
"""
policies = ["words", {command = ["node"]}, [[1, 2]], [
[[3]]
]]
[rooms.inner]
room = 1
[[rooms.list]]
room = 2

[[ "rooms" ]] # ]]
room = 'b"['
'text' = \'\'\'
[[rooms]]\'\'\'\'\'
  [["r\\u006foms"]]
room = "c"'''


def lines(text: str) -> list[int]:
    tables, mistakes = read_tables(text, "rooms.toml")
    assert mistakes == []
    assert [table.said for table in tables] == tomllib.loads(text).get("rooms", [])
    return [table.line for table in tables]


def test_each_table_is_known_by_its_line_however_it_is_written() -> None:
    assert lines(TRICKY) == [2, 16, 20]
    assert lines('rooms = [{room = "a"}, # {\n {room = "b", policies = [{command = ["node"]}]},\n\n{room = "c"}]') == [
        1,
        2,
        4,
    ]
    assert lines('"rooms" = [\n]') == lines("") == lines("# nothing\n") == []


VALUES = st.sampled_from(
    ['"[["', "'{'", '"""\n[[rooms]]\n"""', "[[1],\n[[2]]]", "{a = [{b = 1}]}", "1 # [[", "[\n{}\n]"]
)
TABLES = st.lists(st.lists(VALUES, max_size=4), max_size=6)


@given(TABLES, st.sampled_from(["[[rooms]]", " [[ rooms ]]", "[['rooms']] # ["]))
def test_any_tables_with_headers_are_known_by_their_lines(tables: list[list[str]], header: str) -> None:
    text, expected = "", list[int]()
    for values in tables:
        expected.append(1 + text.count("\n"))
        text += header + "\n" + "".join(f"key{number} = {value}\n" for number, value in enumerate(values))
    assert lines(text) == expected


@given(TABLES)
def test_any_tables_in_a_list_are_known_by_their_lines(tables: list[list[str]]) -> None:
    text, expected = "rooms = [\n", list[int]()
    for values in tables:
        expected.append(1 + text.count("\n"))
        pairs = [f"key{number} = {value.partition(' #')[0]}" for number, value in enumerate(values)]
        text += "{" + ", ".join(pairs) + "},\n"
    assert lines(text + "]") == expected


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ('room = "b', "it is no TOML: Illegal character '\\n' (at line 5, column 10)"),
        ('room = "b"\nroom = "c"', "it is no TOML: Cannot overwrite a value (at line 6, column 11)"),
        ("colour = red", "it is no TOML: Invalid value (at line 5, column 10)"),
        ("policies = " + "[" * 10_000, "it is no TOML: it is nested too deep"),
        ("policies = [", "it is no TOML: Invalid value (at "),
        ('about = """', "it is no TOML: "),
    ],
)
def test_a_table_that_is_no_toml_spoils_no_other(broken: str, says: str) -> None:
    text = f'[[rooms]]\nroom = "a"\n\n[[rooms]]\n{broken}\n[[rooms]]\nroom = "last"\n'
    tables, [mistake] = read_tables(text, "rooms.toml")
    assert [(table.said["room"], table.line) for table in tables] == [("a", 1), ("last", 6 + broken.count("\n"))]
    assert mistake.line == 4
    assert mistake.words.startswith(says)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[rooms", "rooms.toml is no TOML: Expected"),
        ("\n[[rooms]]\nroom = a", "rooms.toml is no TOML: .*line 3"),
        ("a = " + "[" * 10_000, "no TOML: it is nested too deep"),
        ('app = "club"\n[[rooms]]\nroom = "a"', "nothing else: not 'app'"),
        ('[[rooms]]\nroom = b\n[[rooms]]\nroom = "a"\n[other]\na = 1', "nothing else: not 'other'"),
        ("rooms = 3", "nothing else"),
        ('rooms = ["lobby"]', "nothing else"),
        ("[rooms]\na = 1", "nothing else"),
    ],
)
def test_what_holds_no_room_that_can_be_read_is_refused(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        read_tables(text, "rooms.toml")
