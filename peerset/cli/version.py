"""``peerset version``."""

from importlib.metadata import version

import typer


def show() -> None:
    """Print the version."""
    typer.echo(f"peerset {version('peerset')}")
