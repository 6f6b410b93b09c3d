"""Backups: a room's store, or all that a node has, as one file; made while rooms run, checked, and brought back."""
