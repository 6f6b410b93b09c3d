"""Write docs/moderation-report.md: bad words caught and clean lines refused, beside two other libraries in one run.

``python -m tests.peerset_moderation.report`` in an environment with the extra ``moderation-report``.
"""

import importlib
import platform
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from peerset import Reject
from peerset_moderation.words import WordPolicy
from tests.peerset_moderation.clean import FAMILY, make_clean
from tests.peerset_moderation.corpus import KINDS, WORDS, Variant, make_evasions

OUTPUT: Final = Path(__file__).resolve().parents[2] / "docs" / "moderation-report.md"
DICTIONARIES: Final = tuple(Path("/usr/share/dict") / f"{english}-english" for english in ("american", "british"))

Refuses = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Contender:
    """A filter, and what to call it."""

    name: str
    refuses: Refuses


@dataclass(frozen=True, slots=True)
class Score:
    """What a filter did with the same lines."""

    name: str
    caught: Counter[str]
    refused: list[str]
    microseconds: float
    """A line, evasions and clean ones together."""


def contenders() -> list[Contender]:
    """Give ours, and the references with their own lists, as they come and with more switched on."""
    policy = WordPolicy()
    better: Any = importlib.import_module("better_profanity")
    glin: Any = importlib.import_module("glin_profanity")
    better.profanity.load_censor_words()
    twenty = better.profanity.__class__()
    twenty.load_censor_words(list(WORDS))
    strict = {"obfuscation": "strict", "detect_leetspeak": True}
    fuzzy = {"allow_obfuscated_match": True, "detect_leetspeak": True, "leetspeak_level": "aggressive"}
    names = [f"{name} {version(name)}" for name in ("better-profanity", "glin-profanity")]
    return [
        Contender("peerset words", lambda text: isinstance(policy.judge_text(text), Reject)),
        Contender(names[0], better.profanity.contains_profanity),
        Contender(f"{names[0]}, our 20 words", twenty.contains_profanity),
        Contender(names[1], glin.Filter().is_profane),
        Contender(f"{names[1]}, strict", glin.Filter(strict).is_profane),
        Contender(f"{names[1]}, fuzzy", glin.Filter(fuzzy).is_profane),
    ]


def measure(contender: Contender, evasions: Sequence[Variant], lines: Sequence[str]) -> Score:
    """Show every line to *contender* once."""
    start = time.perf_counter()
    caught = Counter(evasion.kind for evasion in evasions if contender.refuses(evasion.text))
    refused = [line for line in lines if contender.refuses(line)]
    seconds = time.perf_counter() - start
    return Score(contender.name, caught, refused, seconds / (len(evasions) + len(lines)) * 1e6)


def write(scores: Sequence[Score], evasions: Sequence[Variant], lines: Sequence[str]) -> Iterator[str]:
    """Give the lines of the report."""
    yield "# Bad words: what is caught, and what is refused by mistake\n"
    yield "Written by `python -m tests.peerset_moderation.report`; do not edit."
    yield f"Python {platform.python_version()}, one core; every figure from the same run.\n"
    yield f"{len(evasions):,} evasions: {len(WORDS)} words, {len(evasions) // len(WORDS)} different texts each, by"
    yield "`tests/peerset_moderation/corpus.py`, whose tables of look-alikes are not those of the policy."
    yield f"{len(lines):,} clean lines by `tests/peerset_moderation/clean.py`, with {len(FAMILY)} names, places and"
    yield "words of the Scunthorpe family. Corpus and policy were made by the same hands, and the policy was mended"
    yield "by what the corpus showed: for strangers' evasions expect less. The references are shown the same lines,"
    yield "with their own lists (which hold more words: a part of what they refuse is a matter of opinion).\n"
    yield "| | evasions caught | clean lines refused | microseconds a line |"
    yield "|---|---|---|---|"
    for score in scores:
        caught = score.caught.total() / len(evasions)
        yield f"| {score.name} | {caught:.1%} | {len(score.refused) / len(lines):.2%} | {score.microseconds:.0f} |"
    yield "\n## By kind of evasion\n"
    yield "| | " + " | ".join(score.name for score in scores) + " |"
    yield "|---" * (len(scores) + 1) + "|"
    totals = Counter(evasion.kind for evasion in evasions)
    for kind in KINDS:
        yield f"| {kind} | " + " | ".join(f"{score.caught[kind] / totals[kind]:.1%}" for score in scores) + " |"
    yield from write_limits()


def write_limits() -> Iterator[str]:
    """Give what the policy is known not to do."""
    yield "\n## Known limits\n"
    yield "- A word cut in two by one space (`ba d`), and spaced words of three letters, pass: clean text has the like."
    yield "- Digits alone are a number, whatever they look like upside down."
    yield "- Homoglyphs fold to ASCII also inside of text in their own script: a Cyrillic word that looks like a listed"
    yield "  one is refused."
    yield "- Long blobs (base64) may spell a listed part by chance: keep them out of the content that is judged."
    yield "- Letters drawn with several characters (`|\\|`) and spellings beyond those of `spellings.py` pass."
    dictionary = dictionary_words()
    if dictionary:
        policy = WordPolicy()
        refused = sum(isinstance(policy.judge_text(word), Reject) for word in dictionary)
        yield f"\nOf the {len(dictionary):,} words in the English dictionaries of Debian {refused} are refused: listed"
        yield "ones and their forms."


def dictionary_words() -> list[str]:
    """Give the words of the system's dictionaries, if it has any (Debian: wamerican, wbritish)."""
    texts = [path.read_text("utf-8") for path in DICTIONARIES if path.exists()]
    return list(dict.fromkeys(word for text in texts for word in text.split()))


def main() -> None:
    """Measure, and write the report."""
    evasions, lines = make_evasions(), make_clean()
    scores = [measure(contender, evasions, lines) for contender in contenders()]
    OUTPUT.write_text("\n".join([*write(scores, evasions, lines), ""]), "utf-8")
    for score in scores:
        print(
            f"{score.name}: {score.caught.total() / len(evasions):.1%} caught, {len(score.refused)} clean lines refused"
        )


if __name__ == "__main__":
    main()
