"""Geo: places inside and outside of a box."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset import Accept, ConfigError, PolicyClass, Reject
from peerset_moderation.geo import GeoPolicy, decode_geohash
from tests.peerset_moderation.records import fill, make_record

BERLIN = GeoPolicy.parse("south=52.3,west=13.1,north=52.7,east=13.8")
ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz"


def rule(policy: GeoPolicy, content: str = "", *hashes: str, kind: int = 1_078) -> str:
    [verdict] = policy.judge([make_record(content, tags=[("g", text) for text in hashes], kind=kind)])
    return verdict.rule if isinstance(verdict, Reject) else ""


@pytest.mark.parametrize(
    ("text", "latitude", "longitude"),
    [("u33dc0", 52.5146, 13.4143), ("ezs42", 42.605, -5.603), ("s", 22.5, 22.5), ("7zzzzzzzzzzz", -0.0, -0.0)],
)
def test_a_geohash_names_the_centre_of_its_cell(text: str, latitude: float, longitude: float) -> None:
    place = decode_geohash(text)
    assert place is not None
    assert place == pytest.approx((latitude, longitude), abs=0.01)


@pytest.mark.parametrize("text", ["", "a", "u33dC0", "u33d ", "0" * 13, "ü"])
def test_what_is_no_geohash_has_no_place(text: str) -> None:
    assert decode_geohash(text) is None


@given(st.text(ALPHABET, min_size=1, max_size=12))
def test_every_geohash_lies_on_the_map(text: str) -> None:
    place = decode_geohash(text)
    assert place is not None
    assert -90 < place[0] < 90
    assert -180 < place[1] < 180


def test_it_decides_admission() -> None:
    assert BERLIN.policy_class is PolicyClass.ADMISSION


@pytest.mark.parametrize(
    ("content", "hashes", "expected"),
    [
        ('{"latitude": 52.52, "longitude": 13.40}', (), ""),
        ('{"latitude": 52.7, "longitude": 13.1}', (), ""),
        ("", ("u33dc0",), ""),
        ("", ("u33dc0", "u33dc", "u33d", "u3"), ""),
        ('{"latitude": 52.52, "longitude": 13.40}', ("u33dc0",), ""),
        ('{"latitude": 48.1, "longitude": 11.6}', (), "outside"),
        ('{"latitude": 52.52, "longitude": 13.40}', ("u281z",), "outside"),
        ("", ("u33dc0", "u281z"), "outside"),
        ("", (), "missing"),
        ("hello", (), "missing"),
        ('{"text": "x"}', (), "missing"),
        ('{"latitude": 52.52}', (), "malformed"),
        ('{"latitude": "52.52", "longitude": "13.40"}', (), "malformed"),
        ('{"latitude": true, "longitude": 13.40}', (), "malformed"),
        ('{"latitude": 91, "longitude": 13.40}', (), "malformed"),
        ('{"latitude": 52.52, "longitude": 181}', (), "malformed"),
        ('{"latitude": 52.52, "longitude": [13.4]}', (), "malformed"),
        ("", ("nonsense",), "malformed"),
        ("", ("",), "malformed"),
    ],
)
def test_every_stated_place_must_lie_inside(content: str, hashes: tuple[str, ...], expected: str) -> None:
    assert rule(BERLIN, content, *hashes) == expected


def test_a_deletion_needs_no_place() -> None:
    assert BERLIN.judge([make_record(kind=5, tags=[("e", "0" * 64)])]) == [Accept()]


def test_records_without_a_place_can_be_accepted() -> None:
    policy = GeoPolicy.parse("south=52.3,west=13.1,north=52.7,east=13.8,missing=accept")
    assert rule(policy) == ""
    assert rule(policy, '{"latitude": 48.1, "longitude": 11.6}') == "outside"


def test_a_box_may_cross_the_date_line() -> None:
    fiji = GeoPolicy.parse("south=-20,west=176,north=-15,east=-178")
    places = ((-17, 179, ""), (-17, -179, ""), (-17, 0, "outside"), (-17, 175, "outside"), (-10, 179, "outside"))
    for latitude, longitude, expected in places:
        assert rule(fiji, f'{{"latitude": {latitude}, "longitude": {longitude}}}') == expected


def test_other_fields_can_be_named() -> None:
    policy = GeoPolicy.parse("south=0,west=0,north=1,east=1,latitude=lat,longitude=lon")
    assert rule(policy, '{"lat": 0.5, "lon": 0.5}') == ""


@pytest.mark.parametrize(
    "content", [fill('{"latitude":'), fill("["), '{"latitude": 1e999, "longitude": ' + "9" * 5_000 + "}"]
)
def test_anything_gets_a_verdict(content: str) -> None:
    assert rule(BERLIN, content) == "missing"


def test_as_many_geohashes_as_fit_get_a_verdict() -> None:
    assert rule(BERLIN, "", *["u33dc0"[: 1 + n % 6] for n in range(64)]) == ""


@pytest.mark.parametrize(
    "parameters",
    [
        "",
        "south=52.3,west=13.1,north=52.7",
        "south=53,west=13.1,north=52,east=13.8",
        "south=x,west=13.1,north=52,east=13.8",
        "south=-91,west=13.1,north=52,east=13.8",
        "south=0,west=181,north=52,east=13.8",
        "south=0,west=0,north=1,east=1,missing=maybe",
        "south=0,west=0,north=1,east=1,box=1",
    ],
)
def test_wrong_parameters_are_refused(parameters: str) -> None:
    with pytest.raises(ConfigError, match="geo"):
        GeoPolicy.parse(parameters)


def test_the_manifest_writes_a_number_in_one_way() -> None:
    manifests = {GeoPolicy.parse(f"south={south},west=0,north=1.50,east=1e1").manifest for south in ("0", "-0", "0.0")}
    assert [each.parameters for each in manifests] == [
        '{"box":["0","0","1.5","10"],"fields":["latitude","longitude"],"missing":"refuse"}'
    ]
    assert BERLIN.manifest not in manifests
