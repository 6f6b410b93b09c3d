"""Filters as SQL: which rows of a store's file can match, one bucket (UTC day) at a time, newest first.

What comes out may hold a few rows too many, so the reader asks `Filter.matches` of each; it never lacks one.
Sets travel as one JSON parameter each, so that no set meets SQLite's limit of variables.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from string import ascii_letters
from typing import Final

from peerset.core.clock import DAY_SECONDS
from peerset.core.filter import Filter
from peerset.core.limits import INTEGER_MAX
from peerset.core.record import KIND_DELETION, KIND_RECORD, Record
from peerset.core.stamp import MICROSECONDS

Parameters = dict[str, int | str]

_BUCKETS: Final = """WITH RECURSIVE buckets(bucket) AS (
    SELECT max(bucket) FROM record WHERE bucket <= :last
    UNION ALL
    SELECT (SELECT max(bucket) FROM record WHERE bucket < buckets.bucket) FROM buckets WHERE buckets.bucket > :first
)"""

SELECT_BUCKETS: Final = "\n".join([_BUCKETS, "SELECT bucket FROM buckets WHERE bucket >= :first"])
"""The buckets from ``:first`` to ``:last`` that hold records, newest first: one index probe each."""

SELECT_BY_IDS: Final = """SELECT number, id, wire FROM record INDEXED BY record_by_id
WHERE bucket IN (SELECT value FROM json_each(:buckets)) AND id IN (SELECT from_hex(value) FROM json_each(:ids))"""
"""Calls the function ``from_hex``, which `peerset.stores.schema` gives to every connection."""


@dataclass(frozen=True, slots=True)
class ByTag:
    """How to find first of all what has a tag of few values."""

    sql: str
    """Gives the column ``number`` in the buckets from ``:first`` to ``:last``, in no order, at most ``:few``."""
    has_marks: bool
    """What is ``:marked`` has it, too."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What to ask of a file."""

    buckets: Parameters
    """For `SELECT_BUCKETS`."""
    sql: str
    """Gives the column ``number``, newest first, ties by lowest id first; wants ``:bucket`` and ``:marked`` too."""
    parameters: Parameters
    marks: str
    """Gives, for each bucket, the ``:marked`` of deletions that name what is asked for; empty when none is wanted."""
    by_tags: tuple["ByTag", ...]
    of_numbers: str
    """Gives what `sql` does, whatever its tags, of the ``:numbers`` in the buckets from ``:first`` to ``:last``."""


TAG_VALUES_MAX: Final = 16
"""Of more values, each is looked for in a bucket only when that one's turn comes."""

OTHER_KINDS: Final = "record_of_other_kinds"
"""The index of whatever is no plain record: deletions and documents are few, or asked for by kind."""

ALL_BUCKETS: Final[Parameters] = {"first": 0, "last": INTEGER_MAX // DAY_SECONDS}
"""For `SELECT_BUCKETS`."""


def select(query: Filter) -> Selection:
    """Say how to find what *query* wants; its ids and its limit are the reader's part."""
    since = 0 if query.since is None else _clamp(query.since)
    until = INTEGER_MAX if query.until is None else _clamp(query.until)
    conditions = ["created_at BETWEEN :since AND :until"]
    parameters: Parameters = {"since": since, "until": until}
    if query.after is not None:
        seconds, microseconds = divmod(query.after.stamp, MICROSECONDS)
        # Within one second, the reader asks the filter about those of the cursor's own microsecond.
        parameters |= {"until": min(until, _clamp(seconds)), "after": _clamp(seconds), "microseconds": microseconds}
        conditions.append("(created_at < :after OR microseconds <= :microseconds)")
    if query.authors is not None:
        conditions.append("author IN (SELECT from_hex(value) FROM json_each(:authors))")
        parameters["authors"] = hex_array(query.authors)
    if query.kinds is not None:
        conditions.append("kind IN (SELECT value FROM json_each(:kinds))")
        parameters["kinds"] = number_array(sorted(query.kinds))
    tagged, by_tags = _tagged(query, parameters)
    # Once, for all buckets: whoever flooded a name would have its marks read for each.
    of_authors = _BY_AUTHORS if query.authors is not None else ""
    marks = _SELECT_MARKED.format(more=of_authors) if "names" in parameters else ""
    index = _index_of(query)
    of_others = [_OF_OTHERS] if index == OTHER_KINDS else []
    within = " AND ".join([_IN_BUCKET, *of_others, *conditions, *tagged])
    sql = _SELECT_NUMBERS.format(index=index, conditions=within)
    of_numbers = _SELECT_OF_NUMBERS.format(conditions=" AND ".join(conditions))
    buckets: Parameters = {"first": since // DAY_SECONDS, "last": int(parameters["until"]) // DAY_SECONDS}
    return Selection(buckets, sql, parameters, marks, tuple(by_tags), of_numbers)


def _index_of(query: Filter) -> str:
    # The index is named because SQLite has no statistics of the file to choose by.
    if query.authors is not None:
        return "record_by_author"
    if query.kinds is None or KIND_RECORD in query.kinds:
        return "record_by_time"
    return OTHER_KINDS


def _tagged(query: Filter, parameters: Parameters) -> tuple[list[str], list[ByTag]]:
    """Give a condition for each indexed tag of *query*, and how to find first of all what has one of few values."""
    conditions: list[str] = []
    by_tags: list[ByTag] = []
    for place, name in enumerate(sorted(filter(is_indexed, query.tags))):
        names_marks = name == _NAMING and (query.kinds is None or KIND_DELETION in query.kinds)
        conditions.append(_TAGGED.format(place=place, more=_MARKED if names_marks else ""))
        parameters[f"name{place}"] = name
        parameters[f"values{place}"] = json.dumps(sorted(query.tags[name]))
        if names_marks:
            names = sorted(filter(_ID.fullmatch, query.tags[name]))
            parameters |= {"names": json.dumps(names), "day": DAY_SECONDS}
        if len(query.tags[name]) <= TAG_VALUES_MAX:
            by_tags.append(ByTag(_BY_TAG.format(buckets=_BUCKETS, place=place), names_marks))
    return conditions, by_tags


_INDEXED: Final = frozenset(ascii_letters) - {"h"}
_NAMING: Final = "e"
"""By what tag a deletion names ids: these are marks, and not written a second time."""
_INDEXED_OF_DELETIONS: Final = _INDEXED - {_NAMING}
_ID: Final = re.compile("[0-9a-f]{64}")


def is_indexed(tag_name: str) -> bool:
    """Say whether a file finds records by tags of this name: one letter (NIP-01), but ``h``, alike in all of a file."""
    return tag_name in _INDEXED


def indexed_tags(record: Record) -> list[tuple[str, str]]:
    """Give (name, first value) of the tags by which *record* is found, each once."""
    indexed = _INDEXED_OF_DELETIONS if record.kind == KIND_DELETION else _INDEXED
    found = [tag[:2] for tag in record.tags if tag[0] in indexed and len(tag) > 1]
    return found if len(found) == 1 else sorted(set(found))  # type: ignore[arg-type, return-value] # of two each


def number_array(numbers: Iterable[int]) -> str:
    """Write the JSON array of *numbers* that ``json_each`` reads."""
    return json.dumps(list(numbers))


def hex_array(values: Iterable[bytes]) -> str:
    """Write the JSON array of *values*, in hex, that ``json_each`` and ``from_hex`` read."""
    return json.dumps([value.hex() for value in values])


_OF_OTHERS: Final = f"kind != {KIND_RECORD}"
"""As the index has it, or SQLite does not know that it may use it."""
_IN_BUCKET: Final = "bucket = :bucket"
_SELECT_NUMBERS: Final = """SELECT number FROM record INDEXED BY {index} WHERE {conditions}
ORDER BY created_at DESC, microseconds DESC, id"""

_SELECT_OF_NUMBERS: Final = """SELECT number FROM record
WHERE number IN (SELECT value FROM json_each(:numbers)) AND bucket BETWEEN :first AND :last AND {conditions}
ORDER BY created_at DESC, microseconds DESC, id"""

_TAGGED: Final = """number IN (
    SELECT number FROM tag
    WHERE bucket = :bucket AND name = :name{place} AND value IN (SELECT value FROM json_each(:values{place})){more}
)"""
_MARKED: Final = """
    UNION ALL SELECT value FROM json_each(:marked)"""

_SELECT_MARKED: Final = """SELECT created_at / :day, json_group_array(number) FROM mark
WHERE name IN (SELECT from_hex(value) FROM json_each(:names)) AND created_at BETWEEN :since AND :until{more}
GROUP BY 1"""
_BY_AUTHORS: Final = " AND author IN (SELECT from_hex(value) FROM json_each(:authors))"

_BY_TAG: Final = """{buckets} SELECT tag.number
    FROM buckets CROSS JOIN json_each(:values{place}) AS wanted CROSS JOIN tag
    ON tag.bucket = buckets.bucket AND tag.name = :name{place} AND tag.value = wanted.value
    WHERE buckets.bucket >= :first LIMIT :few"""


def _clamp(time: int) -> int:
    return min(max(time, 0), INTEGER_MAX)
