"""A page ready to be served."""

from pathlib import Path

from peerset.core.signal import RoomName
from peerset.page.page import make_page
from peerset.page.settings import PageSettings


def test_a_page_holds_its_document_and_its_policy(built: Path) -> None:
    page = make_page(PageSettings(RoomName("peerset", "lobby"), ("ws://127.0.0.1:8000",)), folder=built)
    assert b'room="lobby"' in page.files["index.html"].body
    assert "ws://127.0.0.1:8000" in page.policy
