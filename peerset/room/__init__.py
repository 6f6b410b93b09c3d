"""A joined room: how it is joined, what drives it, and what its user sees."""
