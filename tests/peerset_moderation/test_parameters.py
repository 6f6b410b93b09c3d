"""The parameters of policies: both forms of a spec, and what is wrong with them."""

from decimal import Decimal

import pytest

from peerset import ConfigError
from peerset_moderation.parameters import PARAMETERS_CHARACTERS_MAX, Parameters, read_object

KNOWN = ("allow", "least", "strict", "edge")


def parse(text: str) -> Parameters:
    return Parameters.parse("links", text, known=KNOWN)


def test_a_value_without_a_key_continues_the_list_before_it() -> None:
    assert parse("allow=zoom.us,youtube.com,least=3").values == {"allow": ("zoom.us", "youtube.com"), "least": ("3",)}


def test_spaces_around_keys_and_values_do_not_count() -> None:
    assert parse(" allow = a , b , least = 3 ").values == {"allow": ("a", "b"), "least": ("3",)}


@pytest.mark.parametrize("text", ["", "  ", "{}"])
def test_no_parameters_are_no_values(text: str) -> None:
    assert parse(text).values == {}


def test_json_says_the_same() -> None:
    written = parse('{"allow": ["a,b", "c"], "least": 3, "strict": true, "edge": 1.5}')
    assert written.texts("allow") == ("a,b", "c")
    assert written.whole("least", 0, least=0, most=9) == 3
    assert written.truth("strict", default=False) is True
    assert written.number("edge", least=0, most=9) == Decimal("1.5")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("alow=1", "links: unknown parameter 'alow'; there are: allow, edge, least, strict"),
        ("allow", "'allow' is not of the form key=value"),
        ("=1", "has no name"),
        ("allow=1,allow=2", "'allow' is given twice"),
        ('{"allow": 1', "no JSON"),
        ('{"allow": 1, "allow": 2}', "a key stands there twice"),
        ('{"allow": {"a": 1}}', "allow must be a text, number, boolean or a list of them"),
        ('{"allow": null}', "allow must be a text"),
        ('{"a":' * 5_000, "no JSON"),
        ("allow=" + "a" * PARAMETERS_CHARACTERS_MAX, "more than 65536 characters"),
    ],
)
def test_a_malformed_spec_is_refused_with_its_reason(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse(text)


def test_a_json_text_that_is_no_object_is_refused() -> None:
    with pytest.raises(ConfigError, match="not a JSON object"):
        read_object("links", "[1]")


def test_an_empty_list_is_refused() -> None:
    with pytest.raises(ConfigError, match="allow needs a value"):
        parse("allow=").texts("allow")


def test_one_value_is_not_two() -> None:
    with pytest.raises(ConfigError, match="allow takes one value, not 2"):
        parse("allow=a,b").text("allow")


def test_a_choice_is_one_of_its_values() -> None:
    assert parse("").choice("allow", ("room", "author")) == "room"
    assert parse("allow=author").choice("allow", ("room", "author")) == "author"
    with pytest.raises(ConfigError, match="allow is 'peer', not one of room, author"):
        parse("allow=peer").choice("allow", ("room", "author"))


@pytest.mark.parametrize("text", ["yes", "true", "Yes"])
def test_yes_is_true(text: str) -> None:
    assert parse(f"strict={text}").truth("strict", default=False) is True


def test_what_is_neither_yes_nor_no_is_refused() -> None:
    assert parse("strict=no").truth("strict", default=True) is False
    with pytest.raises(ConfigError, match="strict is 'maybe', neither yes nor no"):
        parse("strict=maybe").truth("strict", default=True)


@pytest.mark.parametrize("text", ["", "x", "1.5", "-1", "10", "٣", "1_0", "1" * 5_000])
def test_a_whole_number_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="least"):
        parse(f"least={text}").whole("least", 5, least=0, most=9)


def test_a_whole_number_has_a_default_or_must_be_given() -> None:
    assert parse("").whole("least", 5, least=0, most=9) == 5
    assert parse("least=-3").whole("least", 5, least=-9, most=9) == -3
    with pytest.raises(ConfigError, match="least is ''"):
        parse("").whole("least", None, least=0, most=9)


@pytest.mark.parametrize("text", ["x", "NaN", "Infinity", "91", "-91", "1e99", "0." + "1" * 99])
def test_a_number_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="edge is"):
        parse(f"edge={text}").number("edge", least=-90, most=90)
