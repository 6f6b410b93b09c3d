"""``peerset version``."""

import typer

from peerset.cli.loading import load


def show() -> None:
    """Print the version."""
    typer.echo(f"peerset {load('importlib.metadata:version')('peerset')}")
