"""Documents in a store's SQLite file: tables of real columns, written in the transaction that saves the records."""
