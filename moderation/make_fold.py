# ruff: noqa: RUF001 - look-alike characters are what this file is about
"""Make ``peerset_moderation/data/fold.txt``: what each character becomes in a skeleton.

``python moderation/make_fold.py UnicodeData.txt confusables.txt``, both as Unicode publishes them: the first in the
Unicode Character Database, the second with UTS #39. The table is shipped, so that a verdict depends neither on the
Unicode version of a Python nor on that of an operating system.
"""

import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

OUTPUT: Final = Path(__file__).parent / "peerset_moderation" / "data" / "fold.txt"
CODE_POINTS_END: Final = 0xE0200  # Private planes: nothing there has a meaning.
TARGET_LENGTH_MAX: Final = 3

# Letters whose likeness UTS #39 leaves out, because it compares them in one case and in one kind of script only.
LOOKALIKES: Final = {
    "вд": "b", "ьъ": "b", "кқҝ": "k", "м": "m", "нң": "h", "т": "t", "иӥ": "u", "пη": "n", "гя": "r", "шщѡω": "w",
    "α": "a", "βϐ": "b", "δ": "d", "εєэ": "e", "κϰ": "k", "μµ": "u", "π": "n", "τ": "t", "χ": "x", "ζ": "z", "ςс¢": "c",
    "€": "e", "£": "l", "¥": "y", "ß": "ss", "ƒ": "f", "ʍ": "m", "ɐ": "a", "ə": "e", "ı": "i", "ȷ": "j", "ĸ": "k",
    "ғ": "f", "ꓝϝ": "f", "ƙ": "k", "ԋһհ": "h", "ոռղ": "n", "սմ": "u", "քԗ": "p", "զգ": "q", "ցʛ": "g", "յ": "j",
    "ѕ": "s", "տ": "s", "ւ": "i", "լ": "l", "եҽ": "e", "ա": "w", "կ": "y", "ձ": "d", "բ": "r", "ƅ": "b",
    "Ꮖ": "i", "¡": "!", "ᑕ": "c", "ɧ": "h", "зЗ": "e",
}  # fmt: skip
FILLERS: Final = "\u115f\u1160\u3164\uffa0\u2800\x7f"  # Letters and symbols that show nothing at all.
DIGITS_READ: Final = str.maketrans("0123456789", "oizeasbtbg")  # A letter that looks like a digit stays a letter.
NAMED: Final = re.compile(
    r"(?:NEGATIVE |SQUARED |CIRCLED |REGIONAL INDICATOR SYMBOL |MODIFIER )*(?:LATIN )?(?:CAPITAL |SMALL )?LETTER "
    r"(?:SMALL CAPITAL |SMALL )?([A-Z]|AE|OE)(?: WITH .*)?"
)


@dataclass(frozen=True, slots=True)
class Character:
    """One line of the Unicode Character Database."""

    char: str
    name: str
    category: str
    decimal: str
    """Its value as a decimal digit, or nothing."""


def read_characters(path: Path) -> Iterator[Character]:
    """Give each character that is listed by itself."""
    for line in path.read_text("utf-8").splitlines():
        code, name, category, _, _, _, decimal, *_ = line.split(";")
        if "First>" not in name and "Last>" not in name and category != "Cs" and int(code, 16) < CODE_POINTS_END:
            yield Character(chr(int(code, 16)), name, category, decimal)


def read_confusables(path: Path) -> dict[str, str]:
    """Give the prototype of each confusable character (UTS #39, section 4)."""
    found = {}
    for line in path.read_text("utf-8-sig").splitlines():
        fields = line.partition("#")[0].split(";")
        if len(fields) > 1 and " " not in fields[0].strip():
            found[chr(int(fields[0], 16))] = "".join(chr(int(code, 16)) for code in fields[1].split())
    return found


def fold(character: Character, confusables: dict[str, str]) -> str:
    """Say what *character* becomes: letters and digits of ASCII, nothing, a space, ``~``, or itself in lower case."""
    char, category = character.char, character.category
    if category in {"Mn", "Me", "Cf"} or char in FILLERS or "\x80" <= char < "\xa0":
        return ""
    if char.isascii():
        return " " if char.isspace() else char.lower()
    plain = find_ascii(character, confusables)
    if plain:
        return plain.translate(DIGITS_READ) if category[0] == "L" else plain
    if category[0] == "Z":
        return " "
    if category[0] in "PSN":
        return character.decimal or "~"
    lower = char.casefold()
    return lower if len(lower) == 1 else char


def find_ascii(character: Character, confusables: dict[str, str]) -> str:
    """Give the ASCII that *character* decomposes to or looks like, or nothing."""
    char, lower = character.char, character.char.lower()
    named = NAMED.fullmatch(character.name)
    prototype = confusables.get(char, "")
    candidates = (
        like(char),
        clean(char),
        clean(named[1] if named else ""),
        clean(prototype) or like(prototype),
        clean(confusables.get(lower, "")) or like(lower),
        clean(confusables.get(char.upper(), "")) or like(char.upper()),
    )
    return next(filter(None, candidates), "")


def like(char: str) -> str:
    """Give the letter that *char* looks like by our own table, or nothing."""
    return next((target for likes, target in LOOKALIKES.items() if char and char in likes), "")


def clean(text: str) -> str:
    """Strip marks off *text* and put it into lower case; nothing when more than a few ASCII characters would remain."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char)).lower()
    bare = bare.strip("().,'") or bare  # The parentheses of a character such as U+249C are part of its picture.
    fits = bare.isascii() and 0 < len(bare) <= TARGET_LENGTH_MAX and not any(char.isspace() for char in bare)
    return bare if fits else ""


def write_ranges(codes: list[int]) -> str:
    """Write ascending *codes* as hexadecimal ranges."""
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return " ".join(f"{first:x}" if first == last else f"{first:x}-{last:x}" for first, last in ranges)


def main() -> None:
    """Read the two files named by the arguments and write the table."""
    characters, confusables = Path(sys.argv[1]), read_confusables(Path(sys.argv[2]))
    targets: dict[str, list[int]] = {}
    for character in read_characters(characters):
        target = fold(character, confusables)
        if target != character.char:
            targets.setdefault(write_target(character.char, target), []).append(ord(character.char))
    lines = [f"{target}:{write_ranges(targets[target])}" for target in sorted(targets)]
    head = "# Unicode 15.0.0 and UTS #39 confusables 13.0.0, (c) Unicode, Inc., licence Unicode-3.0; by make_fold.py"
    OUTPUT.write_text("\n".join([head, *lines, ""]), "utf-8")


def write_target(char: str, target: str) -> str:
    """Write ASCII as hexadecimal codes joined by dots, a small letter as its signed distance from the capital one."""
    if target.isascii():
        return ".".join(f"{ord(part):x}" for part in target)
    return f"{ord(target) - ord(char):+x}"


if __name__ == "__main__":
    main()
