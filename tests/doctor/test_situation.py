"""The situations that are told apart."""

import pytest

from peerset.doctor.finding import Health
from peerset.doctor.situation import name_situation
from peerset.doctor.stun import Answer

ONE = Answer("stun:one", ("192.0.2.1", 9), local="10.0.0.2")
SAME = Answer("stun:two", ("192.0.2.1", 9), local="10.0.0.2")
OTHER_PORT = Answer("stun:two", ("192.0.2.1", 10), local="10.0.0.2")
OTHER_ADDRESS = Answer("stun:two", ("192.0.2.7", 9), local="10.0.0.2")
OWN = Answer("stun:one", ("192.0.2.1", 9), local="192.0.2.1")
SILENT = Answer("stun:three", None, "no answer")


@pytest.mark.parametrize(
    ("answers", "situation"),
    [
        ([ONE, SAME], "behind a cone NAT"),
        ([ONE, SAME, SILENT], "behind a cone NAT"),
        ([ONE, SILENT], "behind a NAT"),
        ([OWN, SILENT], "no NAT is between us"),
    ],
)
def test_a_place_that_all_see_alike_is_good_news(answers: list[Answer], situation: str) -> None:
    finding = name_situation(answers, is_online=True, relaying=[])
    assert (finding.health, finding.advice) == (Health.WELL, "")
    assert finding.detail.startswith(situation)
    assert "192.0.2.1" in finding.detail


@pytest.mark.parametrize("answers", [[ONE, OTHER_PORT], [ONE, SAME, OTHER_ADDRESS], [SILENT, OWN, OTHER_PORT]])
def test_a_router_that_shows_each_server_another_place_is_symmetric(answers: list[Answer]) -> None:
    finding = name_situation(answers, is_online=True, relaying=[])
    assert finding.health is Health.WEAK
    assert finding.detail.startswith("behind a symmetric NAT")
    assert "TURN" in finding.advice


def test_udp_is_blocked_where_only_what_goes_over_tcp_answers() -> None:
    finding = name_situation([SILENT, SILENT], is_online=True, relaying=[])
    assert finding.health is Health.WEAK
    assert finding.detail.startswith("UDP is blocked")
    assert "transport=tcp" in finding.advice


@pytest.mark.parametrize(
    ("answers", "relay", "situation"),
    [
        ([ONE, OTHER_PORT], "turn:relay", "behind a symmetric NAT"),
        ([SILENT], "turn:relay?transport=tcp", "UDP is blocked"),
        ([SILENT], "turns:relay", "UDP is blocked"),
    ],
)
def test_a_turn_server_makes_up_for_a_router(answers: list[Answer], relay: str, situation: str) -> None:
    finding = name_situation(answers, is_online=True, relaying=[relay])
    assert (finding.health, finding.advice) == (Health.WELL, "")
    assert finding.detail.startswith(situation)
    assert finding.detail.endswith("the TURN server carries what cannot go directly")


def test_a_turn_server_that_answers_over_udp_shows_that_udp_is_open() -> None:
    finding = name_situation([SILENT], is_online=True, relaying=["turn:relay"])
    assert (finding.health, finding.advice) == (Health.WEAK, "")
    assert finding.detail.startswith("our public address is unknown")


def test_where_nothing_answers_there_is_no_network() -> None:
    finding = name_situation([SILENT], is_online=False, relaying=[])
    assert finding.detail.startswith("no network")
