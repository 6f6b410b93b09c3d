"""A room as a database: collections, queries, live queries, changes, views and folds over the set of records."""

from peerset.data.feed import Feed

__all__ = ["Feed"]
