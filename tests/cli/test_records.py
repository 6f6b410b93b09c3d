"""``peerset publish``, ``records`` and ``delete``."""

import json
from typing import Any

import pytest

from peerset.core.signal import RoomName

pytestmark = pytest.mark.real_time

NOWHERE = ("--signaling", "ws://127.0.0.1:9", "--wait", "0")


def publish(shell: Any, *arguments: str) -> dict[str, Any]:
    ended = shell("publish", "lobby", *arguments, *NOWHERE, "--json")
    assert ended.code == 0, ended.err
    event: dict[str, Any] = json.loads(ended.out)
    return event


def read(shell: Any, *arguments: str) -> list[dict[str, Any]]:
    ended = shell("records", "lobby", *arguments, "--json")
    assert ended.code == 0, ended.err
    return [json.loads(line) for line in ended.out.splitlines()]


def test_a_published_record_is_a_nostr_event_of_its_room(shell: Any) -> None:
    event = publish(shell, "hello", "--tag", "t=news", "--collection", "chat")
    assert event["content"] == "hello"
    assert event["kind"] == 1078
    stamp = [tag for tag in event["tags"] if tag[0] == "us"]
    assert event["tags"] == [["h", RoomName("peerset", "lobby").tag.hex()], *stamp, ["c", "chat"], ["t", "news"]]
    assert read(shell) == [event]


def test_content_comes_by_pipe(shell: Any) -> None:
    ended = shell("publish", "lobby", "-", *NOWHERE, "--json", stdin="two\nlines")
    assert json.loads(ended.out)["content"] == "two\nlines"


def test_all_records_of_one_user_have_one_author(shell: Any) -> None:
    assert publish(shell, "one")["pubkey"] == publish(shell, "two")["pubkey"]


def test_records_are_chosen_by_filter_options(shell: Any) -> None:
    one = publish(shell, "one", "--kind", "7", "--collection", "a")
    two = publish(shell, "two", "--kind", "8")
    assert read(shell, "--kind", "7") == [one]
    assert read(shell, "--collection", "a") == [one]
    assert read(shell, "--id", two["id"]) == [two]
    assert read(shell, "--author", one["pubkey"], "--kind", "7", "--kind", "8", "--limit", "9") != []
    assert len(read(shell, "--limit", "1")) == 1
    assert read(shell, "--until", "1000") == []


def test_a_deleted_record_is_gone(shell: Any) -> None:
    event = publish(shell, "oops")
    ended = shell("delete", "lobby", event["id"], *NOWHERE, "--json")
    assert ended.code == 0
    assert json.loads(ended.out)["kind"] == 5
    assert [each["kind"] for each in read(shell)] == [5]


def test_what_is_not_here_cannot_be_deleted(shell: Any) -> None:
    publish(shell, "stays")
    ended = shell("delete", "lobby", "0" * 64, *NOWHERE)
    assert ended.code == 3
    assert "there is no record" in ended.err


def test_another_authors_record_cannot_be_deleted(shell: Any) -> None:
    event = publish(shell, "mine")
    shell("keys", "new", "other")
    ended = shell("delete", "lobby", event["id"], "--key", "other", *NOWHERE)
    assert ended.code == 2
    assert "only its author" in ended.err


def test_a_record_nobody_took_is_kept_and_said_to_be_alone(shell: Any) -> None:
    ended = shell("publish", "lobby", "hello", "--signaling", "ws://127.0.0.1:9", "--wait", "0.2")
    assert ended.code == 4
    assert "goes out at the next join" in ended.err
    assert len(read(shell)) == 1


@pytest.mark.parametrize("tag", ["novalue", "=x"])
def test_a_malformed_tag_is_refused(shell: Any, tag: str) -> None:
    assert shell("publish", "lobby", "hello", "--tag", tag, *NOWHERE).code == 2


def test_content_that_breaks_the_rules_is_refused(shell: Any) -> None:
    ended = shell("publish", "lobby", "bell \x07", *NOWHERE)
    assert ended.code == 7
    assert "control character" in ended.err


def test_people_see_time_author_id_kind_and_content(shell: Any) -> None:
    event = publish(shell, "hello\x7f")
    [line] = shell("records", "lobby").out.splitlines()
    assert event["id"][:8] in line
    assert "npub1" in line
    assert line.endswith("1078  hello\\x7f")


def test_reading_a_room_that_is_not_here_says_so(shell: Any) -> None:
    ended = shell("records", "elsewhere")
    assert ended.code == 3
    assert "nothing is stored" in ended.err


@pytest.mark.real_time
def test_what_lists_show_can_be_typed(shell: Any) -> None:
    for number in range(5):
        shell("publish", "lobby", f"record {number}", "--tag", f"t={number % 2}", *NOWHERE)
    lines = shell("records", "lobby", "--since", "2h", "--limit", "2").out.splitlines()
    assert [line[-1] for line in lines] == ["4", "3"]
    short = lines[-1].split()[3]
    assert len(short) == 8
    rest = shell("records", "lobby", "--after", short).out.splitlines()
    assert [line[-1] for line in rest] == ["2", "1", "0"]
    assert [line[-1] for line in shell("records", "lobby", "--tag", "t=1").out.splitlines()] == ["3", "1"]
    assert shell("records", "lobby", "--until", "2020-01-31").out == ""
    assert shell("records", "lobby", "--since", "soon").code == 2
    assert shell("delete", "lobby", short, *NOWHERE).code == 0
    assert short not in shell("records", "lobby", "--kind", "1078").out
    assert shell("delete", "lobby", "00000000", *NOWHERE).code == 3
