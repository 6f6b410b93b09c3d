"""Queries over documents in memory, word for word what `peerset.documents` says they mean: no index, no shortcut."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from peerset.core.action import Json
from peerset.core.record import Record
from peerset.documents.document import Row, seat_of
from peerset.documents.order import compare, in_order
from peerset.documents.plan import Figure, Plan
from peerset.documents.sums import mean_of, sum_of
from peerset.documents.value import NOTHING, Scalar, is_scalar, rank
from peerset.documents.where import matches
from peerset.documents.words import has_words, words_of

Document: TypeAlias = tuple[Record, Row]


def matching(documents: Iterable[Document], plan: Plan, text: Sequence[str]) -> list[Document]:
    """Give those of *documents* that match, wherever they stand; *text* are the fields whose words are found."""
    return [each for each in documents if _matches(each, plan, text)]


def page(documents: Iterable[Document], plan: Plan) -> list[Record]:
    """Give the page of *documents* that *plan* asks for."""
    seated = [(seat_of(plan.order, *each), each[0]) for each in documents]
    after = plan.after
    if after is not None:
        seated = [each for each in seated if compare(plan.order, each[0], after) > 0]
    return in_order(plan.order, seated)[: plan.limit]


def aggregated(documents: Iterable[Document], figures: Sequence[Figure], by: str | None) -> list[dict[str, Scalar]]:
    """Compute *figures*, over all or for each value of *by*."""
    groups: dict[object, tuple[Scalar, list[Document]]] = {} if by is not None else {(): (None, [])}
    for document in documents:
        value = None if by is None else _scalar(document[1].field(by))
        group = groups.setdefault(() if by is None else rank(value), (value, []))
        group[1].append(document)
    rows = sorted(groups.values(), key=lambda group: rank(group[0]))
    return [
        ({} if by is None else {by: value}) | {figure.name: _figure(figure, inside) for figure in figures}
        for value, inside in rows
    ]


def _figure(figure: Figure, documents: Sequence[Document]) -> Scalar:
    if figure.field is None:
        return len(documents)
    field = figure.field
    values = [_scalar(row.field(field)) for record, row in documents]
    values = [value for value in values if rank(value) != NOTHING]
    numbers = [value for value in values if isinstance(value, int | float)]
    match figure.function:
        case "sum":
            return sum_of(numbers) if numbers else None
        case "mean":
            return mean_of(numbers)
        case "min":
            return min(values, key=rank, default=None)
        case _:
            return max(values, key=rank, default=None)


def _matches(document: Document, plan: Plan, text: Sequence[str]) -> bool:
    _, row = document
    if plan.words and not has_words(plan.words, words_of(row.value, text)):
        return False
    return matches(plan.where, row.field)


def _scalar(value: Json) -> Scalar:
    return value if is_scalar(value) else None  # type: ignore[return-value] # it is one
