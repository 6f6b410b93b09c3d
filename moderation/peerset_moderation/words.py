"""Bad words: a policy that refuses listed words however they are dressed up.

A text is folded into a skeleton (`skeleton`), read in the ways a reader may (`readings`), and every word read is looked
up: whole words in a table, words that are refused inside of others too by an automaton. Only when something is found
are innocent words cut out and the rest read again. Each step is linear in the text.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from peerset import Accept, ConfigError, Manifest, PolicyClass, Record, Reject, Verdict
from peerset_moderation.automaton import Automaton
from peerset_moderation.escapes import unescape_in_place
from peerset_moderation.lists import WordList
from peerset_moderation.manifests import canonical_parameters
from peerset_moderation.parameters import Parameters
from peerset_moderation.readings import Reading, level, read_all
from peerset_moderation.skeleton import BIDI_CONTROL, LETTERS, Fold
from peerset_moderation.spellings import key_of, respell, spell, spellings_of

VERSION: Final = 2
"""Grows whenever the judgement changes for the same lists."""

MASKED_LETTERS_MAX: Final = 16
REPEATED_LETTERS_MIN: Final = 6
"""Of all repetitions together: shorter ones make other words."""
TAGS_UNREAD: Final = frozenset({"h", "e", "p"})
"""Tags whose values are hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A listed word, found."""

    word: str
    """As it is listed."""
    rule: str
    """``word`` or ``substring``."""
    start: int
    end: int
    """Where in the skeleton."""


class WordPolicy:
    """Refuse records that hold a listed word in their content or tags."""

    name: str = "words"
    policy_class: PolicyClass = PolicyClass.ADMISSION

    def __init__(self, *, languages: Iterable[str] = ("en",), lists: Iterable[Path] = ()) -> None:
        """Read the shipped lists of *languages* and the user's own *lists*.

        Raises:
            ConfigError: a list is missing or malformed, or there is none at all.

        """
        self._fold = Fold.load()
        self._languages = sorted(set(languages))
        own = [WordList.open(path, self._fold) for path in lists]
        found = [*(WordList.shipped(language, self._fold) for language in self._languages), *own]
        self._hashes = (self._fold.digest, *(each.digest for each in found[: len(self._languages)]))
        self._hashes += tuple(sorted(each.digest for each in own))
        self._list = WordList.union(found)
        if not self._list.whole:
            raise ConfigError("words: no list: give languages=, list=, or both")
        self._whole = spellings_of(self._list.whole, spell)
        self._parts = spellings_of(self._list.parts, respell)
        self._automaton = Automaton.of(self._parts)
        self._innocent = _compile_innocent(self._list.innocent)

    @classmethod
    def parse(cls, parameters: str) -> Self:
        """Make the policy from a spec: ``words``, ``words:languages=en,de`` or ``words:list=bad.txt,languages=``.

        Raises:
            ConfigError: an unknown parameter, language or file.

        """
        read = Parameters.parse("words", parameters, known=("languages", "list"))
        given = read.values.get("languages", ("en",))
        return cls(languages=filter(None, given), lists=map(Path, read.texts("list")))

    @property
    def manifest(self) -> Manifest:
        """Languages by name; the hashes are of the folding table, each language's list, each of the user's own."""
        return Manifest(self.name, VERSION, canonical_parameters({"languages": self._languages}), self._hashes)

    def judge(self, records: Sequence[Record]) -> list[Verdict]:
        """Give a verdict on each record."""
        return [self._judge(record) for record in records]

    def _judge(self, record: Record) -> Verdict:
        verdict = self.judge_text(record.content)
        if isinstance(verdict, Accept):
            values = [value for tag in record.tags if tag[0] not in TAGS_UNREAD for value in tag[1:]]
            in_tags = self.judge_text("\n".join(values)) if values else verdict
            if isinstance(in_tags, Reject):
                return Reject(self.name, f"{in_tags.reason}, in a tag", in_tags.rule)
        return verdict

    def judge_text(self, text: str) -> Verdict:
        """Give a verdict on *text*, read as a record's content."""
        shown = unescape_in_place(text)
        control = None if shown.isascii() else BIDI_CONTROL.search(shown)
        if control:
            # An escape in JSON is longer than its character; the rest of it was filled with what nobody sees.
            return Reject(self.name, f"a bidirectional control U+{ord(control[0]):04X}", "bidi", control.span())
        folded = self._fold.fold(shown)
        hit = self._find(folded)
        if hit:
            rest = self._innocent.sub(_cut, folded)
            hit = self._find(rest) if rest != folded else hit
        if not hit:
            return Accept()
        span = self._fold.source_span(shown, hit.start, hit.end)
        return Reject(self.name, f"a refused word, {mask(hit.word)}", hit.rule, span)

    def _find(self, folded: str) -> Hit | None:
        for reading in read_all(folded):
            keys = key_of(" ".join(reading.words))
            found = self._find_whole(reading, keys.split(" ")) or self._find_part(reading, keys)
            if found:
                seen, word, rule = found
                start = _locate(folded, seen)
                return Hit(word, rule, start, start + len(seen))
        return None

    def _find_whole(self, reading: Reading, keys: list[str]) -> tuple[str, str, str] | None:
        if self._whole.keys().isdisjoint(keys):
            return self._find_repeated(reading, keys)
        for key, (seen, signs, word) in zip(keys, reading, strict=True):
            for spelling in self._whole.get(key, ()):
                if spelling.pattern.fullmatch(word) and _reads_as_letters(signs):
                    return seen, spelling.word, "word"
        return None

    def _find_repeated(self, reading: Reading, keys: list[str]) -> tuple[str, str, str] | None:
        """Find a listed word that is written several times without a space."""
        for place, key in enumerate(keys):
            # The second comparison spares nearly every word the third, which is linear, too.
            if len(key) < REPEATED_LETTERS_MIN or key.find(key[:2], 2) < 0:
                continue
            period = (key + key).find(key, 1)
            for spelling in self._whole.get(key[:period], ()) if period < len(key) else ():
                signs, word = reading.signs[place], reading.words[place]
                if re.fullmatch(f"(?:{spelling.pattern.pattern})+", word) and _reads_as_letters(signs):
                    return reading.seen[place], spelling.word, "word"
        return None

    def _find_part(self, reading: Reading, keys: str) -> tuple[str, str, str] | None:
        found = self._automaton.words_in(keys) if reading.has_parts else []
        joined = " ".join(reading.words) if found else ""
        for part in found:
            for spelling in self._parts[part]:
                for match in spelling.pattern.finditer(joined):
                    number, offset = _place(joined, match.start())
                    if _reads_as_letters(reading.signs[number][offset : offset + len(match[0])]):
                        return reading.seen[number], spelling.word, "substring"
        return None


def mask(word: str) -> str:
    """Give the first letter of *word* and a star for each of the rest, so that no reason repeats a word."""
    return word[0] + "*" * min(len(word) - 1, MASKED_LETTERS_MAX - 1)


def _cut(innocent: re.Match[str]) -> str:
    """Give as many letters that spell nothing: ASCII ones, for other text is slower to read."""
    return _NO_WORD[: len(innocent[0])]


def _reads_as_letters(signs: str) -> bool:
    """Say whether *signs* are more than a number or a code: two of them no digits, one of those a letter."""
    return len(signs) - len(_DIGIT.findall(signs)) >= 2 and _LETTER.search(signs) is not None


def _place(joined: str, position: int) -> tuple[int, int]:
    """Say in which of the words *joined* by spaces *position* is, and where in it."""
    return joined.count(" ", 0, position), position - joined.rfind(" ", 0, position) - 1


def _locate(folded: str, seen: str) -> int:
    """Say where *seen* begins: at the first place where it is no part of a longer word, if there is one."""
    line = level(folded)
    first = start = line.find(seen)
    while start >= 0:
        end = start + len(seen)
        if not (_LETTER.match(line[start - 1 : start]) or _LETTER.match(line[end : end + 1])):
            return start
        start = line.find(seen, start + 1)
    return first


def _compile_innocent(phrases: Iterable[str]) -> re.Pattern[str]:
    """Match innocent words anywhere, and phrases of several words where they stand by themselves."""
    ordered = sorted(phrases)
    words = _write_trie([phrase for phrase in ordered if " " not in phrase])
    longer = _write_trie([phrase for phrase in ordered if " " in phrase])
    return re.compile(rf"(?<![{LETTERS}]){longer}(?![{LETTERS}])|{words}")


def _write_trie(phrases: Sequence[str]) -> str:
    """Write a pattern of *phrases* that looks at each character once, the longest phrase first."""
    tails: dict[str, list[str]] = {}
    for phrase in phrases:
        tails.setdefault(phrase[:1], []).append(phrase[1:])
    heads = sorted(tails, reverse=True)
    branches = [
        (_GAP if head == " " else re.escape(head)) + (_write_trie(tails[head]) if head else "") for head in heads
    ]
    return f"(?:{'|'.join(branches)})" if branches else "(?!)"


_GAP: Final = rf"[^{LETTERS}0-9]{{1,3}}"
_NO_WORD: Final = "qj" * 128
_DIGIT: Final = re.compile("[0-9]")
_LETTER: Final = re.compile(f"[{LETTERS}]")
