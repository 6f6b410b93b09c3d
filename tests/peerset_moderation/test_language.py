"""Language: with a classifier given, and without py3langid."""

import sys
from types import ModuleType

import pytest

from peerset import Accept, ConfigError, PolicyClass, Reject
from peerset_moderation.language import CHARACTERS_READ_MAX, LanguagePolicy
from tests.peerset_moderation.records import fill, make_record


def by_articles(text: str) -> str:
    return "de" if "der" in text.split() else "en"


def make(least: int = 10) -> LanguagePolicy:
    return LanguagePolicy(allow=["en"], classify=by_articles, least=least)


def test_only_other_languages_are_hidden() -> None:
    policy = make()
    assert policy.policy_class is PolicyClass.VIEW
    verdicts = policy.judge([make_record("the cat is on the table"), make_record("da ist der Hund von gestern")])
    assert verdicts == [Accept(), Reject("language", "its text seems to be in the language 'de'", "allow")]


def test_short_texts_are_shown() -> None:
    assert make(least=9).judge([make_record("der Hund")]) == [Accept()]


def test_of_json_the_values_are_read() -> None:
    verdicts = make().judge(
        [make_record('{"der": "the cat is here", "n": 1}'), make_record('{"text": "da ist der Hund"}')]
    )
    assert verdicts[0] == Accept()
    assert isinstance(verdicts[1], Reject)


def test_no_more_than_the_limit_is_read() -> None:
    seen: list[int] = []

    def measure(text: str) -> str:
        seen.append(len(text))
        return "en"

    LanguagePolicy(allow=["en"], classify=measure).judge([make_record(fill("word ")), make_record(fill('["'))])
    assert max(seen) <= CHARACTERS_READ_MAX


@pytest.mark.parametrize("parameters", ["", "allow=", "allow=english", "allow=EN", "allow=en,least=0", "only=en"])
def test_wrong_parameters_are_refused(parameters: str) -> None:
    with pytest.raises(ConfigError, match="language"):
        LanguagePolicy.parse(parameters)


def test_without_its_package_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "py3langid", None)
    with pytest.raises(ConfigError, match=r"py3langid is missing: pip install 'peerset\[language\]'"):
        LanguagePolicy.parse("allow=en")


def test_with_its_package_the_first_of_the_guess_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("py3langid")
    module.__dict__["classify"] = lambda _text: ("de", -56.7)
    monkeypatch.setitem(sys.modules, "py3langid", module)
    [verdict] = LanguagePolicy.parse("allow=en").judge([make_record("twenty characters or more")])
    assert isinstance(verdict, Reject)


def test_the_manifest_changes_with_the_parameters() -> None:
    assert make().manifest.parameters == '{"allow":["en"],"least":10}'
    assert make().manifest != make(least=11).manifest
