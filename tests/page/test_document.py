"""The page's HTML and the policy that browsers hold it to."""

from html.parser import HTMLParser

import pytest

from peerset.core.signal import RoomName
from peerset.page.document import security_policy, write_document
from peerset.page.settings import PageSettings

LOBBY = RoomName("peerset", "lobby")
HOSTILE = """"><script>alert(1)</script>$attributes '&amp;"""


class Reader(HTMLParser):
    """Keeps what a browser would see: each tag with its attributes."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def find(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_the_room_is_told_what_to_join() -> None:
    settings = PageSettings(LOBBY, ("wss://one.test", "ws://two.test:8000/path"), has_ice_servers=False)
    [room] = Reader(write_document(settings)).find("peerset-room")
    assert room == {
        "id": "room",
        "from-hash": None,
        "files": "files",
        "room": "lobby",
        "app": "peerset",
        "signaling": "wss://one.test ws://two.test:8000/path",
        "ice-servers": "[]",
    }


def test_what_is_not_given_is_left_to_the_page() -> None:
    [room] = Reader(write_document(PageSettings(LOBBY))).find("peerset-room")
    assert room == {"id": "room", "from-hash": None, "files": "files", "room": "lobby", "app": "peerset"}


def test_an_address_says_what_a_name_does_not() -> None:
    settings = PageSettings(LOBBY, ("ws://127.0.0.1:8000",), "peerset:peerset/lobby?retention=1h")
    [room] = Reader(write_document(settings)).find("peerset-room")
    assert (room["src"], room["signaling"]) == ("peerset:peerset/lobby?retention=1h", "ws://127.0.0.1:8000")
    assert {"room", "app", "retention"} & room.keys() == set()


def test_the_dashboard_shows_the_page_s_room() -> None:
    reader = Reader(write_document(PageSettings(LOBBY)))
    assert [each["for"] for each in reader.find("peerset-dashboard")] == ["room"]


def test_the_page_hands_on_its_room() -> None:
    reader = Reader(write_document(PageSettings(LOBBY)))
    assert [each["for"] for each in reader.find("peerset-share")] == ["room"]


def test_a_name_made_to_break_out_stays_a_name() -> None:
    reader = Reader(write_document(PageSettings(RoomName(HOSTILE, HOSTILE))))
    [room] = reader.find("peerset-room")
    assert (room["room"], room["app"]) == (HOSTILE, HOSTILE)
    assert reader.find("script") == [{"type": "module", "src": "peerset.bundle.js"}]


def test_the_policy_allows_only_the_trackers_given() -> None:
    policy = security_policy(PageSettings(LOBBY, ("wss://user:secret@One.test/path", "ws://127.0.0.1:8000")))
    assert "; connect-src 'self' ws://127.0.0.1:8000 wss://one.test; " in policy
    assert policy.startswith("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; ")


def test_the_page_takes_files_and_may_show_them() -> None:
    [room] = Reader(write_document(PageSettings(LOBBY))).find("peerset-room")
    assert room["files"] == "files"
    policy = security_policy(PageSettings(LOBBY))
    assert "; img-src 'self' data: blob:; media-src 'self' blob:; " in policy


def test_the_policy_allows_the_places_of_every_strategy() -> None:
    policy = security_policy(PageSettings(LOBBY, ("torrent:wss://one.test", "nostr:wss://two.test")))
    assert "; connect-src 'self' wss://one.test wss://two.test; " in policy
    policy = security_policy(PageSettings(LOBBY, ("ws://127.0.0.1:8000", "nostr:")))
    assert "; connect-src 'self' ws://127.0.0.1:8000 wss:; " in policy


def test_the_policy_allows_any_encrypted_tracker_when_none_is_given() -> None:
    assert "; connect-src 'self' wss:; " in security_policy(PageSettings(LOBBY))


@pytest.mark.parametrize("url", ["ws://[::1]:8000", "ws://host;script-src:8000", "ws://träcker.test"])
def test_a_tracker_that_the_policy_cannot_name_is_allowed_by_its_scheme(url: str) -> None:
    assert "; connect-src 'self' ws:; " in security_policy(PageSettings(LOBBY, (url,)))
