"""A room's closed days as Parquet files, with a manifest of their digests; written, checked and brought back."""
