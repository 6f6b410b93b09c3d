"""A room as a database: collections, queries, live queries, changes, views and folds over the set of records."""
