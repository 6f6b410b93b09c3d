# ruff: noqa: RUF001 - look-alike characters are what this file is about
"""Texts without what hides a link: invisible characters, look-alike letters, digits, dots and slashes.

The tables are written out rather than taken from `unicodedata`: an admission policy must judge alike under every
version of Unicode, and a table of one character to at most one keeps places computable and the cost linear.
Sources: Unicode 16.0, compatibility decompositions (UAX #15) of the blocks named below, Default_Ignorable_Code_Point
(UAX #44), and the dots of IDNA2003 (RFC 3490, 3.1).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import accumulate
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Final


def fold(text: str) -> str:
    """Give *text* with look-alikes replaced by ASCII and invisible characters left out; case is kept."""
    return text if text.isascii() else text.translate(_TABLE)


def fold_case(text: str) -> str:
    """Fold *text*, and the case of its Latin, Greek, Cyrillic and Armenian letters."""
    return text.lower() if text.isascii() else text.translate(_CASE_TABLE)


def unfold_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Say where in *text* stand the characters *start* to *end* of what it folds to."""
    if text.isascii():
        return start, end
    # How many folded characters there are up to and including each character: all become one, or none.
    sizes = list(accumulate(_TABLE.get(ord(character)) != "" for character in text))
    return bisect_right(sizes, start), bisect_left(sizes, end) + 1


def fold_lookalikes(label: str) -> str:
    """Give a part of a host name with Cyrillic and Greek letters replaced by the Latin ones they look like."""
    return label.translate(_LOOKALIKES)


_INVISIBLE: Final = (
    (0x00AD, 0x00AD),  # soft hyphen
    (0x0300, 0x036F),  # combining marks, the grapheme joiner among them
    (0x061C, 0x061C),
    (0x115F, 0x1160),  # Hangul fillers
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x200B, 0x200F),  # zero width, direction marks
    (0x202A, 0x202E),  # bidirectional overrides
    (0x2060, 0x206F),
    (0x20D0, 0x20FF),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFE20, 0xFE2F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),  # tags, variation selectors
)
_RUNS: Final = (
    (0xFF01, "".join(map(chr, range(0x21, 0x7F)))),  # full width
    (0x1D400, (ascii_uppercase + ascii_lowercase) * 13),  # mathematical
    (0x1D7CE, digits * 5),
    (0x2460, digits[1:]),  # circled
    (0x24B6, ascii_uppercase + ascii_lowercase + "0"),
    (0x249C, ascii_lowercase),  # in parentheses
    (0x1F110, ascii_uppercase),
    (0x1F130, ascii_uppercase),  # squared
    (0x1F150, ascii_uppercase),
    (0x1F170, ascii_uppercase),
    (0x1CCD6, ascii_uppercase + digits),  # outlined
    (0x1FBF0, digits),  # segmented
    (0x2080, digits),
)
_SINGLES: Final = (
    ("⁰¹²³⁴⁵⁶⁷⁸⁹", digits),
    ("ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", "abcdefghijklmnoprstuvwxyz"),
    ("ᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ", "ABDEGHIJKLMNOPRTUVW"),
    ("ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓªºſ", "aehijklmnoprstuvxaos"),
    ("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz"),
    ("ℂℊℋℌℍℎℐℑℒℓℕℙℚℛℜℝℤℨ\u212aℬℭℯℰℱℳℴℹⅅⅆⅇⅈⅉ", "CgHHHhIILlNPQRRRZZKBCeEFMoiDdeij"),
    ("ⅰⅴⅹⅼⅽⅾⅿⅠⅤⅩⅬⅭⅮⅯ", "ivxlcdmIVXLCDM"),
    ("。｡․﹒ꓸ", "....."),
    ("∶꞉﹕", ":::"),
    ("⁄∕⧸╱", "////"),
    ("﹫‐‑﹣【】〔〕", "@---[][]"),
    ("\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " " * 17),
    ("\u2028\u2029", "\n\n"),
)
_LOOKALIKES: Final = str.maketrans("авеікмнорстухѕјԁԛԝһӏαειοκρτυνχ", "abeikmhopctyxsjdqwhlaeiokptuvx")


def _pairs() -> Iterator[tuple[int, str]]:
    for first, last in _INVISIBLE:
        yield from ((code, "") for code in range(first, last + 1))
    for first, letters in _RUNS:
        yield from enumerate(letters, first)
    for seen, meant in _SINGLES:
        yield from zip(map(ord, seen), meant, strict=True)


# Beyond U+058F no script in use has two cases, and in these blocks no later Unicode will change them.
_CASES: Final = {code: chr(code).casefold() for code in range(0x590)}
_TABLE: Final = dict(_pairs())
_CASE_TABLE: Final = {**_CASES, **{code: character.lower() for code, character in _TABLE.items()}}
