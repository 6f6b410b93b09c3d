"""A dashboard for Grafana, of what a node tells Prometheus; grafana.json beside this file."""

from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("grafana.json")


def read() -> str:
    """Give the dashboard as Grafana imports it."""
    return FILE.read_text("utf-8")
