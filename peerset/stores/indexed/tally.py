"""How many rows an answer took, where whoever gives it knows better than what was planned."""


class Tally:
    """Counts rows."""

    def __init__(self) -> None:
        self.rows: int | None = None
        """None: what was planned is all that is known."""

    def add(self, rows: int) -> None:
        """Count rows that were read."""
        self.rows = (self.rows or 0) + rows
