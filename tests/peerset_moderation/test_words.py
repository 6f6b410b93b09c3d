# ruff: noqa: RUF001 - look-alike characters are what this file is about
"""Refusing bad words, and nothing else."""

import codecs
import random
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset import Accept, ConfigError, PolicyClass, Record, Reject
from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import KIND_RECORD, sign_record
from peerset_moderation.words import WordPolicy, mask
from tests.peerset_moderation.clean import FAMILY, make_clean
from tests.peerset_moderation.corpus import KINDS, WORDS, make_evasions

KEY = SecretKey(bytes(31) + b"\x01")
POLICY = WordPolicy()
OWN = "spam\nbellows\n*scam*\n+scampi\n+spam musubi\nпривет\n"


def plain(text: str) -> str:
    return codecs.decode(text, "rot13")


def make(content: str, *, tags: Sequence[Sequence[str]] = ()) -> Record:
    return sign_record(KEY, created_at=UnixTime(0), kind=KIND_RECORD, tags=tags, content=content)


@pytest.fixture
def own(tmp_path: Path) -> WordPolicy:
    path = tmp_path / "own.txt"
    path.write_text(OWN, "utf-8")
    return WordPolicy(languages=(), lists=[path])


def rule(policy: WordPolicy, text: str) -> str | None:
    verdict = policy.judge_text(text)
    return verdict.rule if isinstance(verdict, Reject) else None


def test_at_least_98_percent_of_the_evasions_are_caught() -> None:
    evasions = make_evasions(per_kind=36)
    missed = [evasion for evasion in evasions if rule(POLICY, evasion.text) is None]
    assert len(evasions) >= 500 * len(WORDS)
    assert len(missed) <= 0.02 * len(evasions)


@pytest.mark.parametrize("kind", KINDS)
def test_at_least_90_percent_of_every_kind_are_caught(kind: str) -> None:
    evasions = [evasion for evasion in make_evasions(per_kind=8, seed=5) if evasion.kind == kind]
    missed = [evasion for evasion in evasions if rule(POLICY, evasion.text) is None]
    assert len(missed) <= 0.1 * len(evasions)


def test_at_most_half_a_percent_of_the_clean_lines_are_refused() -> None:
    lines = make_clean()
    refused = [line for line in lines if rule(POLICY, line)]
    assert len(lines) == 2_000
    assert len(refused) <= 0.005 * len(lines)


def test_none_of_the_scunthorpe_family_is_refused() -> None:
    assert len(FAMILY) >= 150
    assert [entry for entry in FAMILY if rule(POLICY, entry)] == []


def test_titles_dishes_and_a_space_too_far_right_are_innocent_and_open_no_way_for_the_words_in_them() -> None:
    titles = ["nff. cebs. qe. fzvgu", "Nff.-Cebs. Fzvgu", "nff. cebsrffbef"]
    dishes = ["snttbgf naq crnf jvgu tenil", "snttbgf va tenil", "n cynggre bs cbex snttbgf"]
    slips = ["nf fubja; nff ubja", "nff bba nf cbffvoyr", "nff nvq orsber", "nff gngrq nobir"]
    assert [text for text in [*titles, *dishes, *slips] if rule(POLICY, plain(text))] == []
    words = [
        "n.f.f",
        "nff.",
        "nff. cebcre",
        "nff-cebsvg",
        "gur nff. cebs. vf na nff",
        "lbh nff ubyr",
        "snttbgf naq lbh",
    ]
    assert [text for text in words if not rule(POLICY, plain(text))] == []


def test_a_village_may_be_named_where_it_is_said_to_be_one_and_nowhere_else() -> None:
    named = ["%s", "Shpuf naq %s", "gur ivyyntr bs %s", "%s, abj Shttvat", "%s (Hccre Nhfgevn)", "n ivyyntr pnyyrq %s"]
    lines = [each % "Shpxvat" for each in named]
    assert [text for text in lines if rule(POLICY, plain(text))] == lines[:1]
    assert rule(POLICY, plain("Shpuf naq lbhe Shpxvat pne"))
    assert rule(POLICY, plain("gur ivyyntr bs Shpxvat vqvbgf, shpxvat rirel bar bs gurz"))


def test_a_record_is_judged_by_its_content_and_its_tags() -> None:
    bad = plain("oybjwbo")
    records = [
        make("fine"),
        make(f"a {bad}!"),
        make("fine", tags=[["c", "x"], ["t", bad]]),
        make("", tags=[["h", "a5" * 16]]),
    ]
    accepted, refused, tagged, hashed = POLICY.judge(records)
    assert accepted == hashed == Accept()
    assert refused == Reject("words", "a refused word, b******", "word", (2, 9))
    assert tagged == Reject("words", "a refused word, b******, in a tag", "word")


def test_the_reason_never_repeats_the_word(own: WordPolicy) -> None:
    [verdict] = own.judge([make("Bellows")])
    assert isinstance(verdict, Reject)
    assert "ellow" not in verdict.reason
    assert mask("x" * 60) == "x" + "*" * 15


@pytest.mark.parametrize(
    "text", ["spam", "SPAM!", "sp\u200bam", "s p a m", "s.p.a.m", "sp-am", "5p@m", "spaaam", "ѕраm", "sp*m"]
)
def test_a_whole_word_is_refused_in_every_dress(own: WordPolicy, text: str) -> None:
    assert rule(own, f"a {text} here") == "word"


@pytest.mark.parametrize("text", ["spammer", "spa m", "spa", "s p a m s", "bellow", "below", "wasp a m"])
def test_a_whole_word_is_no_part_of_others(own: WordPolicy, text: str) -> None:
    assert rule(own, text) is None


@pytest.mark.parametrize("text", ["scammers", "ascam", "xx5c4mxx", "sccaamm!", "thescam"])
def test_a_part_is_refused_inside_of_words(own: WordPolicy, text: str) -> None:
    assert rule(own, text) in {"substring", "word"}


@pytest.mark.parametrize("text", ["scampi", "Scampi-fritti", "spam musubi", "SPAM - Musubi", "this cam", "push-cam"])
def test_innocent_words_and_phrases_pass(own: WordPolicy, text: str) -> None:
    assert rule(own, text) is None


def test_what_stands_beside_an_innocent_word_is_still_refused(own: WordPolicy) -> None:
    verdict = own.judge_text("scampi and spam musubi, but no spam")
    assert isinstance(verdict, Reject)
    assert verdict.span == (31, 35)


def test_a_number_is_never_a_word(own: WordPolicy) -> None:
    assert rule(own, "5947 and 5p4") is None


def test_words_of_other_scripts_are_found(own: WordPolicy) -> None:
    assert rule(own, "ну ПРИВЕТ!") == "word"


def test_bidirectional_controls_are_refused_even_as_escapes() -> None:
    assert POLICY.judge_text("ab\u202ecd") == Reject("words", "a bidirectional control U+202E", "bidi", (2, 3))
    assert rule(POLICY, r'["\u2067x"]') == "bidi"


def test_a_span_leads_to_the_place_in_the_content(own: WordPolicy) -> None:
    text = 'éé\u200b {"a": ｓp\u0301am}'
    verdict = own.judge_text(text)
    assert isinstance(verdict, Reject)
    assert verdict.span is not None
    assert text[slice(*verdict.span)] == "ｓp\u0301am"


def test_a_span_is_that_of_the_word_by_itself(own: WordPolicy) -> None:
    verdict = own.judge_text("spammers spam")
    assert isinstance(verdict, Reject)
    assert verdict.span == (9, 13)


@given(st.text(max_size=300))
def test_any_text_has_a_verdict_and_a_span_within_it(text: str) -> None:
    verdict = POLICY.judge_text(text)
    assert verdict == POLICY.judge_text(text)
    if isinstance(verdict, Reject) and verdict.span:
        assert 0 <= verdict.span[0] < verdict.span[1] <= len(text)


@given(st.lists(st.sampled_from("sp5 a@m4._*!(|\n\u200bѕ"), max_size=40).map("".join))
def test_dressed_up_text_has_a_verdict_and_a_span_within_it(text: str) -> None:
    verdict = POLICY.judge_text(text)
    if isinstance(verdict, Reject) and verdict.span:
        assert 0 <= verdict.span[0] < verdict.span[1] <= len(text)


def test_the_verdicts_do_not_depend_on_the_order_or_the_instance() -> None:
    records = [make(evasion.text) for evasion in islice(make_evasions(per_kind=1), 40)]
    verdicts = dict(zip((record.id for record in records), POLICY.judge(records), strict=True))
    random.Random(3).shuffle(records)
    assert WordPolicy().judge(records) == [verdicts[record.id] for record in records]


def test_the_manifest_names_languages_and_lists(tmp_path: Path) -> None:
    first, second = tmp_path / "first.txt", tmp_path / "second.txt"
    first.write_text("spam")
    second.write_text("scam")
    manifest = WordPolicy(languages=["de", "en"], lists=[first, second]).manifest
    assert manifest == WordPolicy(languages=["en", "de", "en"], lists=[second, first]).manifest
    assert (manifest.name, manifest.parameters, len(manifest.hashes)) == ("words", '{"languages":["de","en"]}', 5)
    assert manifest != POLICY.manifest
    assert POLICY.policy_class is PolicyClass.ADMISSION


def test_a_spec_gives_languages_and_lists(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    path.write_text(OWN, "utf-8")
    assert WordPolicy.parse("").manifest == POLICY.manifest
    assert WordPolicy.parse("languages=en,de").manifest == WordPolicy(languages=["de", "en"]).manifest
    assert WordPolicy.parse(f"languages=,list={path}").manifest == WordPolicy(languages=(), lists=[path]).manifest


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("language=en", "unknown parameter"),
        ("languages=xx", "no list for 'xx'"),
        ("languages=", "no list: give languages="),
    ],
)
def test_a_wrong_spec_is_refused(spec: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        WordPolicy.parse(spec)
