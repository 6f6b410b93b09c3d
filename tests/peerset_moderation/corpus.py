# ruff: noqa: RUF001 - look-alike characters are what this file is about
"""Evasions: the ways in which people dress up a word to get it past a filter, made from a seed.

The tables here are written by hand, apart from those of the policy, so that the one measures the other.
"""

import codecs
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

Dress = Callable[[str, random.Random], str]

WORDS: Final = tuple(
    codecs.decode(
        "shpx fuvg ovgpu phag qvpx pbpx chffl nffubyr onfgneq fyhg juber snttbg avttre jnaxre gjng qvyqb oybjwbo "
        "ohyyfuvg zbgureshpxre gvgf",
        "rot13",
    ).split()
)
"""Twenty words that our list and those of the references share; in ROT13, for the reader's sake."""

CARRIERS: Final = (
    "{}", "you are a {} today", "what the {}!", "{} off, all of you", "so, {}?", "go home, {}", "she said: {}.",
    '{{"text": "a {} for sale"}}', "({})", "meet me at 7, {}", "#{}", "see https://example.org/{}",
)  # fmt: skip

LEET: Final = {
    "a": "4@", "b": "8", "c": "(<¢", "e": "3€", "g": "69", "h": "#", "i": "1!|", "k": "κ", "l": "1|£", "o": "0",
    "s": "5$", "t": "7+", "u": "vµ", "y": "¥",
}  # fmt: skip
CYRILLIC: Final = {
    "a": "аА", "b": "ЬвВ", "c": "сС", "d": "ԁ", "e": "еЕ", "h": "һНн", "i": "іІ", "j": "ј", "k": "кК", "l": "ӏ",
    "m": "мМ", "o": "оО", "p": "рР", "r": "г", "s": "ѕЅ", "t": "тТ", "u": "и", "w": "ԝш", "x": "х", "y": "у",
}  # fmt: skip
GREEK: Final = {
    "a": "αΑ", "b": "βΒ", "c": "ςϲ", "d": "δ", "e": "εΕ", "h": "Η", "i": "ιΙ", "k": "κΚ", "m": "Μ", "n": "ηΝ",
    "o": "οΟσ", "p": "ρΡ", "t": "τΤ", "u": "υ", "w": "ω", "x": "χ", "y": "γΥ",
}  # fmt: skip
ARMENIAN: Final = {"g": "ց", "h": "հ", "i": "ı", "j": "յ", "n": "ո", "o": "օ", "p": "ք", "s": "տՏ", "u": "սՍ", "w": "ա"}
CHEROKEE: Final = {
    "a": "Ꭺ", "b": "Ᏼ", "c": "Ꮯ", "d": "Ꭰ", "e": "Ꭼ", "g": "Ꮐ", "h": "Ꮋ", "i": "Ꭵ", "k": "Ꮶ", "l": "Ꮮ", "m": "Ꮇ",
    "o": "Ꭴ", "p": "Ꮲ", "r": "Ꮢ", "s": "Ꮪ", "t": "Ꭲ", "v": "Ꮩ", "w": "Ꮃ", "y": "Ꮍ", "j": "Ꭻ",
}  # fmt: skip
MATHEMATICAL: Final = (0x1D400, 0x1D434, 0x1D468, 0x1D4D0, 0x1D56C, 0x1D5A0, 0x1D5D4, 0x1D63C, 0x1D670)
HOLE: Final = "\U0001d455"
"""Where the italic small h would stand, had it not been in Unicode before."""

INVISIBLE: Final = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e\u034f\ufe0f\u061c"
MARKS: Final = "".join(map(chr, range(0x300, 0x330))) + "\u20d0\u20dd\u0489"
JOINTS: Final = (".", "-", "_", "*", "~", "·", "•", "'")
GAPS: Final = (" ", "  ", ". ", " - ", " . ", "/", ",", " 💩 ", "\t", "…", "\u3000", "|")


@dataclass(frozen=True, slots=True)
class Variant:
    """One evasion."""

    kind: str
    word: str
    text: str


def replaced(table: Mapping[str, str], *, least: float = 0.4) -> Dress:
    """Make a dress that writes a share of the letters as *table* says, from *least* to all of those it can."""

    def dress(word: str, rng: random.Random) -> str:
        places = [place for place, letter in enumerate(word) if letter in table]
        count = rng.randint(min(len(places), 1 + int(least * len(places))), len(places)) if places else 0
        chosen = set(rng.sample(places, count))
        return "".join(rng.choice(table[letter]) if place in chosen else letter for place, letter in enumerate(word))

    return dress


def leet(word: str, rng: random.Random) -> str:
    """Write digits and symbols for letters, but leave a letter: digits alone are a number."""
    dressed = replaced(LEET)(word, rng)
    return dressed if any(char.isalpha() for char in dressed) else word[0] + dressed[1:]


def zero_width(word: str, rng: random.Random) -> str:
    return word[0] + "".join(rng.choice(INVISIBLE) * rng.randint(1, 2) + letter for letter in word[1:])


def full_width(word: str, rng: random.Random) -> str:
    cased = "".join(rng.choice((letter, letter.upper())) for letter in word)
    return "".join(chr(ord(letter) + 0xFEE0) if rng.random() < 0.8 else letter for letter in cased)


def spaced(word: str, rng: random.Random) -> str:
    return rng.choice(GAPS).join(random_case(word, rng))


def dotted(word: str, rng: random.Random) -> str:
    joint = rng.choice(JOINTS)
    place = rng.randrange(1, len(word))
    return joint.join(word) if rng.random() < 0.5 else f"{word[:place]}{joint}{word[place:]}"


def combining(word: str, rng: random.Random) -> str:
    return "".join(letter + "".join(rng.choices(MARKS, k=rng.randint(0, 4))) for letter in word)


def reversed_bidi(word: str, rng: random.Random) -> str:
    opening, closing = rng.choice((("\u202e", "\u202c"), ("\u2067", "\u2069"), ("\u202b", "\u202c")))
    return f"{opening}{random_case(word, rng)[::-1]}{closing}"


def mathematical(word: str, rng: random.Random) -> str:
    first = rng.choice(MATHEMATICAL)
    written = "".join(chr(first + ord(letter) - ord("a") + rng.choice((0, 26))) for letter in word)
    return written.replace(HOLE, "\u210e")


def repeated(word: str, rng: random.Random) -> str:
    places = set(rng.sample(range(len(word)), rng.randint(1, len(word))))
    return "".join(letter * rng.randint(2, 6) if place in places else letter for place, letter in enumerate(word))


def random_case(word: str, rng: random.Random) -> str:
    """Write some of the ASCII letters as capitals."""
    return "".join(letter.upper() if letter.isascii() and rng.random() < 0.5 else letter for letter in word)


def mixed(word: str, rng: random.Random) -> str:
    """Put on two dresses, one over the other."""
    under, over = rng.choice(PAIRS)
    return over(under(word, rng), rng)


SIMPLE: Final[Mapping[str, Dress]] = {
    "leet": leet,
    "Cyrillic": replaced(CYRILLIC),
    "Greek": replaced(GREEK),
    "Armenian": replaced(ARMENIAN),
    "Cherokee": replaced(CHEROKEE),
    "zero width": zero_width,
    "full width": full_width,
    "spaced": spaced,
    "dotted": dotted,
    "combining": combining,
    "reversed by bidi controls": reversed_bidi,
    "mathematical": mathematical,
    "repeated": repeated,
}
PAIRS: Final[Sequence[tuple[Dress, Dress]]] = (
    (leet, spaced), (leet, zero_width), (leet, combining), (repeated, leet), (repeated, replaced(CYRILLIC)),
    (repeated, zero_width), (random_case, replaced(GREEK)), (replaced(CYRILLIC), spaced), (replaced(GREEK), dotted),
    (replaced(CHEROKEE), dotted), (replaced(CYRILLIC), replaced(ARMENIAN)), (mathematical, spaced),
    (mathematical, combining), (full_width, zero_width), (full_width, spaced), (combining, dotted),
    (dotted, zero_width),
)  # fmt: skip
KINDS: Final[Mapping[str, Dress]] = {**SIMPLE, "mixed": mixed}


def make_evasions(*, per_kind: int = 40, seed: int = 1) -> list[Variant]:
    """Make *per_kind* different texts of each kind and word; twice as many mixed ones."""
    rng = random.Random(seed)
    return [
        variant
        for word in WORDS
        for kind in KINDS
        for variant in dress(word, kind, count=per_kind * (2 if kind == "mixed" else 1), rng=rng)
    ]


def dress(word: str, kind: str, *, count: int, rng: random.Random) -> list[Variant]:
    """Make *count* different texts of one kind; a word that a kind leaves as it is counts, too."""
    texts: dict[str, None] = {}
    while len(texts) < count:
        dressed = KINDS[kind](word, rng)
        texts[rng.choice(CARRIERS).format(rng.choice((dressed, random_case(dressed, rng))))] = None
    return [Variant(kind, word, text) for text in texts]
