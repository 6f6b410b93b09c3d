"""``peerset tracker``."""

import json
import signal
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from peerset.cli.tracker import load_certificate
from peerset.errors import ConfigError
from tests.patience import PATIENT_SECONDS

pytestmark = pytest.mark.real_time


def test_a_tracker_tells_its_address_first_and_its_statistics_last(start: Any) -> None:
    process = start("tracker", "--port", "0", "--json")
    url = json.loads(process.stdout.readline())["url"]
    with urlopen(url.replace("ws", "http") + "/stats", timeout=PATIENT_SECONDS) as answer:
        assert json.load(answer)["connections"] == 0
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENT_SECONDS)
    assert json.loads(out.splitlines()[-1])["announces"] == 0
    assert process.returncode == 130
    assert "peerset join ROOM --signaling" in err


def test_a_port_in_use_is_said_plainly(start: Any, tracker: str) -> None:
    port = tracker.rpartition(":")[2]
    process = start("tracker", "--port", port)
    _, err = process.communicate(timeout=PATIENT_SECONDS)
    assert process.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("host", ["a..b", "x" * 10_000, "\udcff", "nowhere.invalid"])
def test_an_address_that_is_none_is_said_plainly(shell: Any, host: str) -> None:
    ended = shell("tracker", "--port", "0", "--host", host)
    assert ended.code == 2
    assert ended.err.startswith("peerset: cannot listen on ")
    assert ended.err.count("\n") == 1


def test_a_proxy_that_is_no_address_is_said_plainly(shell: Any) -> None:
    ended = shell("tracker", "--port", "0", "--proxy", "nginx")
    assert ended.code == 2
    assert ended.err.startswith("peerset: the proxy 'nginx' is no address like 127.0.0.1")


def test_the_shares_of_an_address_are_the_operator_s_to_set(start: Any) -> None:
    process = start("tracker", "--port", "0", "--json", "--address-members", "1", "--proxy", "10.0.0.0/8")
    assert json.loads(process.stdout.readline())["url"]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENT_SECONDS)


def test_tls_needs_both_files(shell: Any) -> None:
    ended = shell("tracker", "--port", "0", "--cert", "cert.pem")
    assert ended.code == 2
    assert "both" in ended.err


def test_a_certificate_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("nonsense")
    with pytest.raises(ConfigError, match="cannot use the certificate"):
        load_certificate(tmp_path / "cert.pem", tmp_path / "missing.pem")
