"""Real networks: routers of every kind between members, on this machine, for root."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.networks.lab import TRACKER
from tests.networks.sites import SERVERS, Site, make_script

pytestmark = pytest.mark.real_time

NAMESPACES = ["unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", "--kill-child"]
TOOLS = ("ip", "nft", "turnserver")
TURN = f"turn:{SERVERS[0]}:3478"
SITES = [
    Site("open"),
    Site("cone-1", "full cone"),
    Site("cone-2", "full cone"),
    Site("lossy-1", "restricted cone", is_lossy=True),
    Site("lossy-2", "restricted cone", is_lossy=True),
    Site("symmetric-1", "symmetric"),
    Site("symmetric-2", "symmetric"),
    Site("blocked", "UDP blocked"),
]
HOME = ["home-1", "home-2"]
SLOW_SITES = [Site("slow-1", "restricted cone", is_slow=True), Site("slow-2", "restricted cone", is_slow=True)]


class Lab:
    """The networks, and who is in them."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._rooms = 0

    def meet(self, *names: str, turn: str = "", signaling: str = TRACKER) -> dict[str, Any]:
        """Let members meet in a room of their own; give what each holds and by which route it reaches whom."""
        self._rooms += 1
        return self.ask(*names, room=f"room {self._rooms}", records=len(names), turn=turn, signaling=signaling)

    def ask(self, *names: str, **wish: object) -> dict[str, Any]:
        """Ask something of the members of these sites at once; give what each says."""
        for name in names:
            self.tell({"site": name, **wish})
        return dict(self.hear() for _ in names)

    def tell(self, what: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()

    def hear(self) -> tuple[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the lab ended"
        subject, what = json.loads(line)
        assert subject != "failed", what
        return subject, what


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """All networks at once, so that what they start with is waited for once."""
    reason = missing()
    if reason:
        pytest.skip(reason)
    sites = SITES + (SLOW_SITES if has_netem() else [])
    command = [*NAMESPACES, sys.executable, str(Path(__file__).with_name("lab.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        lab = Lab(process)
        names = [*(site.name for site in sites), *HOME]
        lab.tell({"script": make_script(sites, home=HOME), "sites": names, "servers": SERVERS})
        lab.hear()
        yield lab


def missing() -> str:
    """Say why no networks can be made here; "" when they can. For root a missing tool is a failure."""
    if os.geteuid() != 0:
        return "only root may make networks"
    tried = subprocess.run([*NAMESPACES, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        return f"this root may make no networks, as in most containers: {tried.stderr.strip()}"
    lacking = [tool for tool in TOOLS if shutil.which(tool) is None]
    assert not lacking, f"{lacking} are not installed; `make networks` does it"
    return ""


def has_netem() -> bool:
    """Tell whether this kernel can delay packets."""
    command = ["unshare", "--net", "tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_two_behind_full_cones_connect_directly(lab: Lab) -> None:
    heard = lab.meet("cone-1", "cone-2")
    assert heard["cone-1"] == {"records": ["cone-1", "cone-2"], "routes": {"cone-2": "direct"}}
    assert heard["cone-2"] == {"records": ["cone-1", "cone-2"], "routes": {"cone-1": "direct"}}


def test_two_behind_restricted_cones_connect_although_packets_are_lost(lab: Lab) -> None:
    heard = lab.meet("lossy-1", "lossy-2")
    assert heard["lossy-1"] == {"records": ["lossy-1", "lossy-2"], "routes": {"lossy-2": "direct"}}


def test_two_behind_symmetric_nats_connect_through_a_turn_server(lab: Lab) -> None:
    heard = lab.meet("symmetric-1", "symmetric-2", turn=TURN)
    assert heard["symmetric-1"] == {"records": ["symmetric-1", "symmetric-2"], "routes": {"symmetric-2": "relayed"}}


def test_two_behind_symmetric_nats_converge_through_a_third_member(lab: Lab) -> None:
    heard = lab.meet("symmetric-1", "symmetric-2", "open")
    assert {name: seen["records"] for name, seen in heard.items()} == dict.fromkeys(heard, sorted(heard))
    assert heard["symmetric-1"]["routes"] == heard["symmetric-2"]["routes"] == {"open": "direct"}


def test_one_whose_udp_is_blocked_is_reached_through_a_turn_server_over_tcp(lab: Lab) -> None:
    heard = lab.meet("blocked", "cone-1", turn=f"{TURN}?transport=tcp")
    assert heard["blocked"] == {"records": ["blocked", "cone-1"], "routes": {"cone-1": "relayed"}}


@pytest.mark.interop(client="peerset in Python", what="lan: two machines of one network, without any server")
def test_two_in_one_local_network_meet_without_any_server(lab: Lab) -> None:
    heard = lab.meet(*HOME, signaling="lan:")
    assert heard["home-1"] == {"records": HOME, "routes": {"home-2": "direct"}}
    assert heard["home-2"] == {"records": HOME, "routes": {"home-1": "direct"}}


def test_the_doctor_names_the_situation_of_each(lab: Lab) -> None:
    situations = {
        "open": "no NAT is between us and others",
        "cone-1": "behind a cone NAT",
        "symmetric-1": "behind a symmetric NAT",
        "blocked": "UDP is blocked",
    }
    heard = lab.ask(*situations, turn="")
    assert {name: findings[-1]["detail"].partition(":")[0] for name, findings in heard.items()} == situations
    assert [heard[name][-1]["health"] for name in situations] == ["ok", "ok", "warning", "warning"]


def test_the_doctor_says_that_a_turn_server_makes_up_for_blocked_udp(lab: Lab) -> None:
    heard = lab.ask("blocked", turn=f"{TURN}?transport=tcp")
    assert heard["blocked"][-1]["health"] == "ok"
    assert heard["blocked"][-1]["detail"].startswith("UDP is blocked")
    assert "relays for us" in heard["blocked"][-2]["detail"]


def test_two_with_a_long_way_between_them_connect(lab: Lab) -> None:
    if not has_netem():
        pytest.skip("this kernel has no netem (sch_netem), by which packets are delayed")
    heard = lab.meet("slow-1", "slow-2")
    assert heard["slow-1"] == {"records": ["slow-1", "slow-2"], "routes": {"slow-2": "direct"}}
