"""The policy on links: none in texts, allowed ones in link fields."""

import json

import pytest

from peerset import Accept, ConfigError, PolicyClass, Reject
from peerset_moderation.links import LinkPolicy
from tests.peerset_moderation.records import fill, make_record

ZOOM = LinkPolicy.parse("allow=zoom.us,youtube.com")


def judge(policy: LinkPolicy, content: str = "", *tags: tuple[str, ...]) -> Accept | Reject:
    [verdict] = policy.judge([make_record(content, tags=tags)])
    return verdict


def test_it_decides_admission() -> None:
    assert ZOOM.policy_class is PolicyClass.ADMISSION
    assert ZOOM.judge([]) == []


def test_a_text_without_links_passes() -> None:
    assert judge(ZOOM, "Hello, e.g. this.") == Accept()
    assert judge(ZOOM, '{"text": "Hello, e.g. this.", "latitude": 52.52}') == Accept()


def test_a_link_in_a_plain_text_is_refused_with_its_place() -> None:
    assert judge(ZOOM, "see example.com now") == Reject("links", "a link in the text", "domain", (4, 15))


def test_a_link_in_json_is_refused_with_its_place_in_the_content() -> None:
    content = json.dumps({"title": "x", "text": "see example.com now"})
    verdict = judge(ZOOM, content)
    assert isinstance(verdict, Reject)
    assert verdict.span is not None
    assert content[slice(*verdict.span)] == "example.com"


@pytest.mark.parametrize(
    "content",
    [
        r'{"text": "example\u002ecom"}',
        r'["example\u002ecom"]',
        r'{"text": 1, "text": "example\u002ecom"}',
        '{"example.com": 1}',
        '{"deep": [{"er": ["https:\\/\\/example.com"]}]}',
        '{"nested": {"url": "https://zoom.us"}}',
    ],
)
def test_json_hides_no_link(content: str) -> None:
    assert isinstance(judge(ZOOM, content), Reject)


def test_a_link_that_only_two_texts_together_would_be_is_told_within_the_first() -> None:
    content = '["example [.]", "com"]'
    verdict = judge(ZOOM, content)
    assert isinstance(verdict, Reject)
    assert verdict.span == (2, 13)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        ('{"url": "https://zoom.us/j/1", "text": "join"}', ""),
        ('{"link": ["https://youtube.com/a", "https://us.zoom.us"]}', ""),
        ('{"url": "", "link": null}', ""),
        ('{"url": "https://evil.com"}', "host"),
        ('{"url": "zoom.us"}', "malformed"),
        ('{"url": 5}', "malformed"),
        ('{"url": {"x": "https://zoom.us"}}', "malformed"),
        ('{"url": ["https://zoom.us", "https://evil.com"]}', "host"),
        ('{"url": "https://zoom.us", "text": "evil.com"}', "domain"),
    ],
)
def test_a_link_field_holds_only_allowed_links(content: str, rule: str) -> None:
    verdict = judge(ZOOM, content)
    assert (verdict.rule if isinstance(verdict, Reject) else "") == rule


def test_tags_are_read_too() -> None:
    assert judge(ZOOM, "", ("r", "https://zoom.us/j/1"), ("c", "notes"), ("h", "0" * 32)) == Accept()
    assert judge(ZOOM, "", ("r", "https://evil.com")) == Reject(
        "links", "the link in a tag r leads where this room allows none to", "host"
    )
    assert judge(ZOOM, "", ("title", "evil.com")) == Reject("links", "a link in a tag", "domain")
    assert isinstance(judge(ZOOM, "", ("r", "https://zoom.us", "evil.com")), Reject)


def test_without_an_allow_list_link_fields_take_every_plain_link() -> None:
    anywhere = LinkPolicy.parse("")
    assert judge(anywhere, '{"url": "https://evil.com"}') == Accept()
    assert isinstance(judge(anywhere, '{"url": "javascript:alert(1)"}'), Reject)


def test_other_fields_can_be_named() -> None:
    policy = LinkPolicy.parse("fields=homepage")
    assert judge(policy, '{"homepage": "https://example.com"}') == Accept()
    assert isinstance(judge(policy, '{"url": "https://example.com"}'), Reject)


def test_no_reason_repeats_the_text() -> None:
    verdict = judge(ZOOM, "secretword.com")
    assert isinstance(verdict, Reject)
    assert "secretword" not in verdict.reason


@pytest.mark.parametrize("parameters", ["alow=zoom.us", "allow=", "allow=zoom", "fields="])
def test_wrong_parameters_are_refused(parameters: str) -> None:
    with pytest.raises(ConfigError, match="links"):
        LinkPolicy.parse(parameters)


def test_the_manifest_changes_with_the_parameters_and_not_with_their_order() -> None:
    manifests = [LinkPolicy.parse(text).manifest for text in ("", "allow=zoom.us", "allow=a.de,b.de", "fields=x")]
    assert len(set(manifests)) == 4
    assert LinkPolicy.parse("allow=b.de,a.de,a.de").manifest == manifests[2]
    assert manifests[1].parameters == '{"allow":["zoom.us"],"fields":["link","url"]}'


@pytest.mark.parametrize("unit", ['["', "[1],", '"a",', '{"a":', "\\u002e", "x.is ", "\\", '{"url":"'])
def test_a_full_record_of_anything_gets_a_verdict(unit: str) -> None:
    for content in (fill(unit), "[" + fill(unit).rstrip(",") + "]"):
        assert judge(ZOOM, content) in (Accept(), judge(ZOOM, content))
