"""What a query asks, without the values that it asks for: by this, queries of one kind are counted and told of once."""

from peerset.documents.plan import Plan
from peerset.documents.where import Either, Where


def kind_of(plan: Plan) -> str:
    """Give the kind of a query, such as ``city eq, stars gte, by -stars``."""
    said = _said(plan.where)
    if plan.words:
        said.append("text")
    if plan.at is not None:
        said.append("at")
    return ", ".join([*said, "by " + " ".join(map(str, plan.order))])


def _said(where: Where) -> list[str]:
    return [
        f"any({' or '.join(' and '.join(_said(branch)) for branch in part.branches)})"
        if isinstance(part, Either)
        else f"{part.field} {part.op.value}"
        for part in where
    ]
