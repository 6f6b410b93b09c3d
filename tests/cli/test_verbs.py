"""The table of verbs."""

from peerset.cli.loading import load
from peerset.cli.verbs import VERBS, verbs_by_words


def test_verbs_are_found_by_their_words() -> None:
    found = dict(verbs_by_words())
    assert ("join",) in found
    assert ("policy", "dry-run") in found
    assert ("policy",) not in found
    assert len(found) == sum(len(verb.verbs) or 1 for verb in VERBS.values())


def test_every_verb_is_where_the_table_says() -> None:
    assert all(callable(load(verb.place)) for _, verb in verbs_by_words())


def test_every_text_is_a_sentence() -> None:
    texts = [verb.text for verb in VERBS.values()] + [verb.text for _, verb in verbs_by_words()]
    assert [text for text in texts if not text.endswith(".") or "\n" in text] == []
