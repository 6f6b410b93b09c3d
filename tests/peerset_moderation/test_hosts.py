"""Host names among other words with dots."""

import hashlib
from importlib import resources

import pytest

from peerset_moderation.hosts import DOUBTFUL_HOSTS_MAX, HostFinder, Mark, Sighting
from tests.peerset_moderation.records import fill


@pytest.fixture(scope="module")
def finder() -> HostFinder:
    return HostFinder.load()


def test_the_list_is_read_with_its_marks_and_hash(finder: HostFinder) -> None:
    data = resources.files("peerset_moderation").joinpath("data", "tlds.txt").read_bytes()
    assert finder.digest == hashlib.sha256(data).digest()
    assert (finder.marks["com"], finder.marks["it"], finder.marks["py"]) == (Mark.PLAIN, Mark.WORD, Mark.FILE)
    assert finder.marks["рф"] is finder.marks["xn--p1ai"] is Mark.PLAIN
    assert len([domain for domain in finder.marks if not domain.startswith("xn--")]) == 1_437


def test_a_sighting_spans_the_whole_host(finder: HostFinder) -> None:
    text = "see sub.example.co.uk, please"
    sighting = finder.find(text)
    assert sighting is not None
    assert text[sighting.start : sighting.end] == "sub.example.co.uk"


def test_the_host_of_a_mail_address_is_told(finder: HostFinder) -> None:
    assert finder.find("user@example.com") == Sighting(5, 16, is_address=True)
    assert finder.find("@example.com") == Sighting(1, 12)


def test_a_label_that_is_no_domain_is_known(finder: HostFinder) -> None:
    assert finder.is_domain("COM")
    assert not finder.is_domain("to", marks=frozenset({Mark.PLAIN}))
    assert not finder.is_domain("nonsense")


@pytest.mark.parametrize(
    ("text", "is_host"),
    [
        ("done.it works", False),
        ("a-b.it works", True),
        ("done1.it works", True),
        ("somethinglong.it works", True),
        ("something-long.it(works", False),
        ("/something-long.it works", False),
        ("visit done.it now", True),
        ("setup.py", False),
        ("setup.py/x", True),
        ("lib/setup.py/x", False),
        ("example.dev(x)", False),
        ("example.com(x)", True),
        ("12.de", False),
        ("163.com", True),
        ("x.de", False),
        ("x.de/y", True),
        ("Great.Games", False),
        ("GREAT.CLUB", True),
        ("Great.CLUB", False),
        ("example.com-", True),
        ("example.com-x", False),
        ("example.nonsense", False),
    ],
)
def test_evidence_decides(finder: HostFinder, text: str, *, is_host: bool) -> None:
    assert (finder.find(text) is not None) == is_host


def test_too_many_doubtful_hosts_are_taken_for_one(finder: HostFinder) -> None:
    assert finder.find("it.is " * DOUBTFUL_HOSTS_MAX) is None
    sighting = finder.find("it.is " * (DOUBTFUL_HOSTS_MAX + 1))
    assert sighting == Sighting(6 * DOUBTFUL_HOSTS_MAX, 6 * DOUBTFUL_HOSTS_MAX + 5)


@pytest.mark.parametrize(
    "unit", ["a", "a.", ".", "-", "a-", "é.", "中。", "x.is ", "/a-a.is ", "A.IS ", ".is", "a.ASP.NET "]
)
def test_a_full_record_of_anything_is_read_to_its_end(finder: HostFinder, unit: str) -> None:
    text = fill(unit)
    sighting = finder.find(text)
    assert sighting is None or 0 <= sighting.start < sighting.end <= len(text)
    assert finder.find(text + " example.com") is not None
