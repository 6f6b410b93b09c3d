"""The tables ``[[rooms]]`` of a TOML file, each with the line at which it begins; a broken one spoils no other."""

import re
import tomllib
from dataclasses import dataclass
from typing import Any, Final

from peerset.errors import ConfigError

ROOMS: Final = "rooms"

_HEADER: Final = re.compile(rf"^[ \t]*\[\[[ \t]*{ROOMS}[ \t]*\]\]", re.MULTILINE)
"""A header as people write it; in what is no TOML, nothing tells it from one in a string."""

_TOKEN: Final = re.compile(
    r"""
      \"{3} (?:\\.|[^\\])*? \"{3,5}  |  '{3} .*? '{3,5}
    | \" (?:\\.|[^"\\\n])* \"        |  '[^'\n]*'
    | \#[^\n]*
    | (?P<header> ^[ \t]* \[\[ (?: \"(?:\\.|[^"\\\n])*\" | '[^'\n]*' | [^\[\]\n"'] )* \]\] )
    | (?P<opening> [\[{] )
    | (?P<closing> [\]}] )
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
"""What of a TOML text says where its tables are (TOML 1.0: String, Comment, Array, Array of Tables)."""

_LINE: Final = re.compile(r"\bline (\d+)")


@dataclass(frozen=True, slots=True)
class RoomTable:
    """What a file says of one room."""

    line: int
    said: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with the table that begins at *line*."""

    line: int
    words: str


def read_tables(text: str, name: str) -> tuple[list[RoomTable], list[Mistake]]:
    """Read the tables in *text*, the content of the file *name*, and say which cannot be read.

    Raises:
        ConfigError: none can, or something stands there that is no room.

    """
    try:
        tables = _parse(text, name)
    except (ValueError, RecursionError) as error:
        starts = [match.start() for match in _HEADER.finditer(text)]
        read = _read_apart(text, starts, name) if starts else ([], [])
        if not read[0]:
            raise ConfigError(f"{name} is no TOML: {_words_of(error)}") from error
        return read
    return [RoomTable(line, said) for line, said in zip(_lines_of(text), tables, strict=True)], []


def _parse(text: str, name: str) -> list[dict[str, Any]]:
    """Give the tables of *text*; raises `ValueError` or `RecursionError` when it is no TOML."""
    tree = tomllib.loads(text)
    tables = tree.pop(ROOMS, [])
    if tree:
        raise ConfigError(f"{name} has a table [[{ROOMS}]] for each room, and nothing else: not {next(iter(tree))!r}")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(f"{name} has a table [[{ROOMS}]] for each room, and nothing else")
    return tables


def _read_apart(text: str, starts: list[int], name: str) -> tuple[list[RoomTable], list[Mistake]]:
    """Read each table of *text*, which is no TOML as a whole, as if no other were there; they begin at *starts*."""
    tables, mistakes, line = list[RoomTable](), list[Mistake](), 1
    for start, end in zip([0, *starts], [*starts, len(text)], strict=True):
        piece = text[start:end]
        try:
            tables += [RoomTable(line, said) for said in _parse(piece, name)]
        except (ValueError, RecursionError) as error:
            mistakes.append(Mistake(line, f"it is no TOML: {_words_of(error, line)}"))
        line += piece.count("\n")
    return tables, mistakes


def _words_of(error: Exception, line: int = 1) -> str:
    """Give what *error* says of a text that begins at *line*."""
    words = "it is nested too deep" if isinstance(error, RecursionError) else " ".join(str(error).split())
    return _LINE.sub(lambda match: f"line {int(match[1]) + line - 1}", words)


def _lines_of(text: str) -> list[int]:
    """Say at which line each table of *text*, which is TOML, begins."""
    with_header, inline = list[int](), list[int]()
    depth, line, counted = 0, 1, 0
    for match in _TOKEN.finditer(text):
        line, counted = line + text.count("\n", counted, match.start()), match.start()
        if match["header"] and not depth:
            # A name may be quoted, with escapes; a table of a room's is none.
            if tomllib.loads(match["header"]) == {ROOMS: [{}]}:
                with_header.append(line)
        elif match["opening"]:
            if match["opening"] == "{" and depth == 1:
                inline.append(line)
            depth += 1
        elif match["closing"]:
            depth -= 1
    # Both ways at once are no TOML; within rooms that have headers, there are other tables in lists.
    return with_header or inline
