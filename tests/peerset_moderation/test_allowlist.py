"""Allow-lists of links."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset import ConfigError
from peerset_moderation.allowlist import LINK_CHARACTERS_MAX, PATTERNS_MAX, AllowList, Link


def allows(pattern: str, text: str) -> bool:
    link = Link.parse(text)
    return link is not None and AllowList([pattern]).allows(link)


@pytest.mark.parametrize(
    ("text", "host", "path"),
    [
        ("https://zoom.us", "zoom.us", "/"),
        ("HTTP://Zoom.US./j/1?pwd=x#y", "zoom.us", "/j/1?pwd=x#y"),
        ("https://zoom.us:8443/j", "zoom.us", "/j"),
        ("https://zoom.us?x", "zoom.us", "/?x"),
        ("https://de.wikipedia.org/wiki/Straße", "de.wikipedia.org", "/wiki/Straße"),
        ("https://b\u00fccher.de/x", "xn--bcher-kva.de", "/x"),
        ("https://B\u00dcCHER.de:443", "xn--bcher-kva.de", "/"),
        ("https://test.\u516c\u53f8.cn", "test.xn--55qx5d.cn", "/"),
    ],
)
def test_a_plain_link_is_taken_apart(text: str, host: str, path: str) -> None:
    assert Link.parse(text) == Link(host, path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "zoom.us",
        "//zoom.us",
        "ftp://zoom.us",
        "javascript:alert(1)",
        "https://",
        "https:///zoom.us",
        "https://zoom",
        "https://-zoom.us",
        "https://zoom..us",
        "https://evil@zoom.us",
        "https://zoom.us@evil.com",
        "https://zoom.us\\@evil.com",
        "https:\\\\zoom.us",
        "https://zoom.us\n.evil.com",
        "https://zoom.us /x",
        "https://zoom.us/\u202egpj",
        "https://zoom.us/a b",
        "https://zoom.us/\x7f",
        "https://zo%6fm.us",
        "https://stra\u00dfe.de",
        "https://xn--\u00f6.us",
        "https://z\u200doom.us",
        "https://\uff5aoom.us",
        "https://z\u202eom.us",
        "https://zoom\u3002us",
        "https://127.0.0.1",
        "https://2130706433",
        "https://[::1]",
        "https://zoom.us:999999",
        "https://zoom.us/" + "a" * LINK_CHARACTERS_MAX,
    ],
)
def test_what_readers_could_take_apart_otherwise_is_no_link(text: str) -> None:
    assert Link.parse(text) is None


@pytest.mark.parametrize(
    ("pattern", "text", "is_allowed"),
    [
        ("zoom.us", "https://zoom.us/j/1", True),
        ("Zoom.US", "https://us02web.zoom.us/j/1", True),
        ("zoom.us", "https://zoom.us.evil.com", False),
        ("zoom.us", "https://evilzoom.us", False),
        ("zoom.us", "https://evil.com/zoom.us", False),
        ("*.zoom.us", "https://a.zoom.us", True),
        ("*.zoom.us", "https://zoom.us", False),
        ("zoom.us/j/*", "https://zoom.us/j/1?x=y", True),
        ("zoom.us/j/*", "https://zoom.us/k/1", False),
        ("zoom.us/j/*", "https://zoom.us/j/../k", False),
        ("zoom.us/j/*", "https://zoom.us/j/%2E%2e/k", False),
        ("zoom.us/j/*", "https://zoom.us/j/.", False),
        ("zoom.us/j/*", "https://zoom.us/j/..hidden", True),
        ("zoom.us/", "https://zoom.us", True),
        ("zoom.us/", "https://zoom.us/x", False),
        ("zoom.us/*/b/*/d", "https://zoom.us/a/b/c/d", True),
        ("zoom.us/*/b/*/d", "https://zoom.us/a/b/d", False),
        ("zoom.us/*/b/*/d", "https://zoom.us/a/x/c/d", False),
        ("zoom.us/ab*bc", "https://zoom.us/abc", False),
        ("zoom.us/ab*bc", "https://zoom.us/abbc", True),
    ],
)
def test_a_pattern_allows_what_it_says(pattern: str, text: str, *, is_allowed: bool) -> None:
    assert allows(pattern, text) == is_allowed


@pytest.mark.parametrize("pattern", ["b\u00fccher.de", "xn--bcher-kva.de", "XN--BCHER-KVA.DE"])
@pytest.mark.parametrize("text", ["https://b\u00fccher.de/x", "https://www.xn--bcher-kva.de"])
def test_a_host_is_the_same_in_its_own_script_and_in_punycode(pattern: str, text: str) -> None:
    assert allows(pattern, text)
    assert AllowList([pattern]).patterns == ("xn--bcher-kva.de",)


@pytest.mark.parametrize(
    "pattern", ["", "zoom", "*", "*.*", "zo*m.us", "https://zoom.us", "a b.us", "127.0.0.1", "*.us*"]
)
def test_a_pattern_without_a_host_is_refused(pattern: str) -> None:
    with pytest.raises(ConfigError, match="links: allow"):
        AllowList([pattern])


def test_a_pattern_with_many_stars_is_refused() -> None:
    with pytest.raises(ConfigError, match="more than 4 stars"):
        AllowList(["zoom.us/*a*a*a*a*"])


def test_a_list_has_a_limit() -> None:
    with pytest.raises(ConfigError, match="more than 10000 patterns"):
        AllowList(f"h{number}.example.com" for number in range(PATTERNS_MAX + 1))


@given(st.text())
def test_any_text_is_a_link_or_none(text: str) -> None:
    for each in (text, f"https://{text}", f"https://zoom.us/{text}"):
        link = Link.parse(each)
        assert link is None or link.path.startswith("/")
