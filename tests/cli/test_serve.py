"""``peerset serve``, with a page whose scripts are played by small files."""

import json
import signal
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from peerset.cli.serve import src_of
from peerset.cli.typed_rooms import meant
from peerset.page.files import BUILT_NAMES
from tests.patience import PATIENT_SECONDS

pytestmark = pytest.mark.real_time


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "built"
    folder.mkdir()
    for name in BUILT_NAMES:
        (folder / name).write_text(name, "utf-8")
    return folder


def test_the_page_joins_the_room_it_is_told(start: Any, built: Path) -> None:
    options = ["--app", "chat", "--signaling", "ws://127.0.0.1:8000", "--files", str(built), "--port", "0", "--json"]
    process = start("serve", "lobby", *options)
    url = json.loads(process.stdout.readline())["url"]
    with urlopen(url, timeout=PATIENT_SECONDS) as answer:
        document = answer.read().decode()
        assert "connect-src 'self' ws://127.0.0.1:8000;" in answer.headers["Content-Security-Policy"]
    assert 'room="lobby" app="chat" signaling="ws://127.0.0.1:8000" ice-servers="[]"' in document
    with urlopen(url + "peerset.bundle.js", timeout=PATIENT_SECONDS) as answer:
        assert answer.read() == b"peerset.bundle.js"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENT_SECONDS)
    assert (process.returncode, err) == (130, "")


def test_a_page_for_other_machines_is_advised_to_use_tls_and_keeps_records_for_as_long_as_it_is_told(
    start: Any, built: Path
) -> None:
    options = ["--retention", "1h", "--files", str(built), "--host", "0.0.0.0", "--port", "0"]
    process = start("--log", "json", "serve", "lobby", *options)
    url = process.stdout.readline().strip()
    assert url.startswith("http://127.0.0.1:")
    # In a log for programs, as any line of it.
    assert "over https only" in json.loads(process.stderr.readline())["message"]
    with urlopen(url, timeout=PATIENT_SECONDS) as answer:
        assert 'src="peerset:peerset/lobby?retention=1h"' in answer.read().decode()


@pytest.mark.parametrize(
    ("typed", "retention", "src"),
    [
        ("lobby", "", ""),
        ("peerset:chat/lobby?signaling=ws://127.0.0.1:8000", "", ""),
        ("lobby", "forever", "peerset:chat/lobby?retention=forever"),
        ("peerset:chat/lobby?retention=1h", "", "peerset:chat/lobby?retention=1h"),
        ("peerset:chat/lobby?retention=1h", "2w", "peerset:chat/lobby?retention=14d"),
        (
            "peerset:chat/lobby?policy=authors&phases=6h#password=secret",
            "",
            "peerset:chat/lobby?phases=6h&policy=authors",
        ),
    ],
)
def test_the_page_goes_by_the_whole_of_an_address_but_its_secrets(typed: str, retention: str, src: str) -> None:
    assert src_of(meant(typed, "chat"), retention) == src


def test_an_address_with_secrets_is_served_without_them_and_that_is_said(shell: Any, tmp_path: Path) -> None:
    ended = shell("serve", "peerset:peerset/lobby#password=secret", "--files", str(tmp_path / "nowhere"))
    assert "the page is served without the secrets of the address" in ended.err


def test_a_page_that_was_not_built_is_said_plainly(shell: Any, tmp_path: Path) -> None:
    ended = shell("serve", "lobby", "--files", str(tmp_path / "nowhere"))
    assert ended.code == 2
    assert "npm run build" in ended.err


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["lobby", "--signaling", "https://tracker.test"], "a page cannot meet by 'https'"),
        (["", "--port", "0"], "the room name is empty"),
        (["lobby", "--cert", "cert.pem"], "both"),
        (["lobby", "--retention", "59m"], "from an hour to 3,700 days, such as '30d', or 'forever', not '59m'"),
    ],
)
def test_what_makes_no_sense_is_refused(shell: Any, built: Path, options: list[str], reason: str) -> None:
    ended = shell("serve", *options, "--files", str(built))
    assert ended.code == 2
    assert reason in ended.err
