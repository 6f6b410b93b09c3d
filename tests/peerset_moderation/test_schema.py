"""Schema: what records of a kind or collection must look like."""

from pathlib import Path

import pytest

from peerset import Accept, ConfigError, PolicyClass, Reject
from peerset_moderation.schema import FILE_BYTES_MAX, RULES_MAX, SchemaPolicy
from tests.peerset_moderation.records import fill, make_record

TOML = """
others = "refuse"

[[rules]]
collection = "places"
text = ["title"]
link = ["url"]
geo = true
bytes = 500

[[rules]]
kind = [30078, 1078]
tags = 8

[rules.schema]
type = "object"
required = ["title"]

[rules.schema.properties.title]
type = "string"
maxLength = 20
"""


def rule(policy: SchemaPolicy, content: str = "", *tags: tuple[str, ...], kind: int = 1_078) -> str:
    [verdict] = policy.judge([make_record(content, tags=tags, kind=kind)])
    return verdict.rule if isinstance(verdict, Reject) else ""


def test_it_decides_admission() -> None:
    assert SchemaPolicy.parse("bytes=9").policy_class is PolicyClass.ADMISSION


@pytest.mark.parametrize(
    ("parameters", "content", "expected"),
    [
        ("text=title", '{"title": "x"}', ""),
        ("text=title,body", '{"title": "x"}', "text"),
        ("text=title", '{"title": " \\n"}', "text"),
        ("text=title", '{"title": 5}', "text"),
        ("text=title", "title", "text"),
        ("link=url", '{"url": "https://example.com"}', ""),
        ("link=url", '{"url": "example"}', "link"),
        ("link=url", '{"url": null}', "link"),
        ("geo=yes", '{"latitude": 1, "longitude": 2}', ""),
        ("geo=yes", '{"latitude": 1}', "geo"),
        ("geo=yes", "", "geo"),
        ("bytes=4", "éé", ""),
        ("bytes=4", "ééé", "bytes"),
        ("bytes=0", "", ""),
    ],
)
def test_a_record_must_have_what_the_room_states(parameters: str, content: str, expected: str) -> None:
    assert rule(SchemaPolicy.parse(parameters), content) == expected


def test_tags_are_counted_and_demanded() -> None:
    policy = SchemaPolicy.parse("tag=t,r,tags=3")
    assert rule(policy, "", ("t", "x"), ("r", "y")) == ""
    assert rule(policy, "", ("t", "x"), ("r",)) == "tag"
    assert rule(policy, "", ("t", ""), ("r", "y")) == "tag"
    assert rule(policy, "", *[("t", "x")] * 4) == "tags"
    assert rule(SchemaPolicy.parse("geo=yes"), "", ("g", "u33d")) == ""


def test_a_rule_concerns_its_kinds_and_collections() -> None:
    policy = SchemaPolicy.parse("kind=1078,collection=places,text=title")
    assert rule(policy, "", ("c", "places")) == "text"
    assert rule(policy, "", ("c", "notes"), ("c", "places")) == ""
    assert rule(policy, "", ("c", "places"), kind=1) == ""


def test_deletions_are_concerned_only_by_their_number() -> None:
    deletion = make_record("", kind=5, tags=[("e", "0" * 64)])
    assert SchemaPolicy.parse("text=title,others=refuse").judge([deletion]) == [Accept()]
    assert isinstance(SchemaPolicy.parse("kind=5,bytes=100,tags=0").judge([deletion])[0], Reject)


def test_what_no_rule_concerns_can_be_refused() -> None:
    assert rule(SchemaPolicy.parse("collection=places,text=title"), "") == ""
    assert rule(SchemaPolicy.parse("collection=places,text=title,others=refuse"), "") == "others"


def test_a_file_of_rules_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(TOML, "utf-8")
    policy = SchemaPolicy.parse(f"file={path}")
    good = '{"title": "x", "url": "https://example.com", "latitude": 1.5, "longitude": 2}'
    assert rule(policy, good, ("c", "places")) == ""
    assert rule(policy, '{"title": "x"}', ("c", "places")) == "geo"
    assert rule(policy, "{}") == "schema.required"
    assert rule(policy, '{"title": "' + "x" * 21 + '"}') == "schema.maxLength"
    assert rule(policy, "plain") == "json"
    assert rule(policy, "plain", kind=1) == "others"


def test_a_schema_names_the_field_but_never_repeats_the_record() -> None:
    policy = SchemaPolicy.parse('{"schema": {"properties": {"n": {"minimum": 1}}, "additionalProperties": false}}')
    [low, strange] = policy.judge([make_record('{"n": 0}'), make_record('{"secret": 0}')])
    assert low == Reject("schema", "its content breaks the room's schema: minimum in the field 'n'", "schema.minimum")
    assert isinstance(strange, Reject)
    assert "secret" not in strange.reason


def test_toml_json_and_parameters_say_the_same(tmp_path: Path) -> None:
    toml, other = tmp_path / "rules.toml", tmp_path / "rules.json"
    toml.write_text('[[rules]]\ntext = ["b", "a"]\ngeo = true\nbytes = 9\n', "utf-8")
    other.write_text('{"rules": [{"text": ["a", "b"], "geo": true, "bytes": 9}]}', "utf-8")
    specs = (
        f"file={toml}",
        f"file={other}",
        "text=a,b,geo=yes,bytes=9",
        '{"text": ["a", "b"], "geo": true, "bytes": 9}',
    )
    assert len({SchemaPolicy.parse(spec).manifest for spec in specs}) == 1


def test_the_manifest_changes_with_the_rules_and_not_with_their_order() -> None:
    specs = ("text=a", "text=b", "text=a,others=refuse", '{"schema": {"minimum": 0.5}}', '{"schema": {"minimum": 0.6}}')
    assert len({SchemaPolicy.parse(spec).manifest for spec in specs}) == 5
    one, two = {"text": "a"}, {"text": "b"}
    assert SchemaPolicy([one, two]).manifest == SchemaPolicy([two, one]).manifest


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ("", "needs 1 to 256 rules"),
        ("others=refuse", "needs 1 to 256 rules"),
        ("texts=a", "unknown parameter 'texts'"),
        ("others=maybe,text=a", "others is 'maybe'"),
        ("others=accept,refuse,text=a", "others is"),
        ("geo=maybe", "geo is 'maybe'"),
        ("bytes=65537", "bytes is '65537'"),
        ("tags=65", "tags is '65'"),
        ("kind=x", "kind is 'x'"),
        ("file=x.toml,text=a", "belongs into the file"),
        ("file=gone.toml", "gone.toml cannot be read"),
        ('{"rules": 5}', "rules must be a list of objects"),
        ('{"rules": [5]}', "rules must be a list of objects"),
        ('{"rules": [{"text": "a"}], "text": "b"}', "beside rules and others"),
        ('{"rules": [{"text": "a"}, {"texts": "b"}]}', "rule 2: unknown parameter 'texts'"),
        ('{"schema": {"$ref": "#"}}', r"rule 1: schema: \$ref: not supported"),
        ('{"text": {"a": 1}}', "text must be a text"),
        ('{"rules": []}', "needs 1 to 256 rules"),
    ],
)
def test_wrong_parameters_are_refused(parameters: str, message: str) -> None:
    with pytest.raises(ConfigError, match=f"schema.*{message}"):
        SchemaPolicy.parse(parameters)


def test_the_number_of_rules_is_bounded() -> None:
    with pytest.raises(ConfigError, match="needs 1 to 256 rules"):
        SchemaPolicy([{"text": "a"}] * (RULES_MAX + 1))


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("rules.toml", b"rules = [", "is no TOML"),
        ("rules.json", b"[", "no JSON"),
        ("rules.toml", b"\xff", "line 1: not UTF-8"),
        ("rules.toml", b"#" * (FILE_BYTES_MAX + 1), "is longer than 1048576 bytes"),
        ("rules.toml", b"[[rules]]\ntext = 2026-11-21\nschema = 2026-11-21\n", "not an object"),
    ],
)
def test_a_broken_file_is_refused_with_its_reason(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=message):
        SchemaPolicy.parse(f"file={path}")


@pytest.mark.parametrize(
    "content", [fill("["), "[" + fill("[],") + "1]", fill('{"a":'), '{"a": 1e999}', "[" + fill("1,") + "1]"]
)
def test_anything_gets_a_verdict(content: str) -> None:
    definition = '{"schema": {"type": "array", "items": {"type": "string", "maxLength": 9}, "uniqueItems": true}}'
    assert rule(SchemaPolicy.parse(definition), content) in ("json", "schema.type", "schema.uniqueItems")
