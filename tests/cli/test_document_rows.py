"""Documents as verbs print them."""

import io

from rich.console import Console

from peerset.cli.document_rows import CELL_CHARACTERS_MAX, doc_line, doc_row, doc_table, fields_of, table_of
from peerset.core.action import Json
from peerset.data.doc import Doc
from tests.protocol.pair import START, make_record


def doc(value: Json, key: str | None = None, *, is_deleted: bool = False) -> Doc[Json]:
    record = make_record(1)
    return Doc(record, key, value, START * 1_000_000, (), record.author, is_deleted)


def drawn(docs: list[Doc[Json]], width: int) -> str:
    file = io.StringIO()
    Console(file=file, width=width).print(doc_table(docs))
    return file.getvalue()


def test_a_row_says_all_there_is() -> None:
    row = doc_row(doc({"n": 1}, "k"))
    assert (row["key"], row["value"], row["is_deleted"]) == ("k", {"n": 1}, False)
    assert row["id"] == make_record(1).id.hex()


def test_a_line_is_one_line_whatever_a_stranger_wrote() -> None:
    line = doc_line(doc({"n": "a\nb\x1b[2J"}, "k\n"))
    assert line.isprintable()
    assert "(deleted)" in doc_line(doc(None, "k", is_deleted=True))


def test_a_table_has_a_column_for_each_field_and_leaves_out_columns_where_it_is_narrow() -> None:
    docs = [doc({"title": "Mitte", "city": "Berlin"}, "a"), doc({"title": "Forum", "stars": 5, "open": True}, "b")]
    wide, narrow = drawn(docs, 200), drawn(docs, 24)
    for word in ("key", "title", "city", "stars", "open", "author", "time", "Berlin", "5", "true"):
        assert word in wide
    assert "Mitte" in narrow
    assert "author" not in narrow
    assert "open" not in narrow


def test_values_that_are_no_objects_have_a_column_and_long_ones_end() -> None:
    assert fields_of([1, "a", {"n": 1}]) == ["value", "n"]
    assert len(fields_of([{f"f{number}": number for number in range(99)}])) == 12
    table = drawn([doc("x" * 500), doc(None)], 400)
    assert "id" in table
    assert "x" * (CELL_CHARACTERS_MAX - 1) + "…" in table


def test_markup_in_a_value_is_no_markup() -> None:
    assert "[red]" in drawn([doc("[red]x[/red]")], 200)


def test_rows_of_figures_are_a_table() -> None:
    table = table_of([{"city": "Berlin", "count": 2}, {"city": None, "count": 1}])
    assert list(table.columns) == ["city", "count"]
    assert [row.cells for row in table.rows] == [["Berlin", "2"], ["", "1"]]
    assert table_of([]).columns == []
