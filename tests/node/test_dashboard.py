"""The dashboard asks for what a node tells, and for all of it."""

import json
import re

from peerset.node.dashboard import read
from peerset.node.metrics import FAMILIES

OF_PROMETHEUS = {"instance"}
"""Labels that a scraper adds."""
LABELS = {family.name: set(family.labels) for family in FAMILIES} | {"process_cpu_seconds_total": set[str]()}
"""Of what is shown: that is of the process, beside all of the rooms."""


def queries() -> list[str]:
    return [target["expr"] for panel in json.loads(read())["panels"] for target in panel["targets"]]


def names_in(query: str) -> set[str]:
    return set(re.findall(r"\b(?:peerset|process)_[a-z_]+", query))


def test_it_shows_every_figure_and_no_other() -> None:
    assert {name for query in queries() for name in names_in(query)} == set(LABELS)
    counters = {name for name in LABELS if name.endswith("_total")}
    for query in queries():
        assert ("rate(" in query) == bool(names_in(query) & counters), query


def test_it_groups_and_filters_by_labels_that_there_are() -> None:
    for query in queries():
        for name in names_in(query):
            grouped = {label for group in re.findall(r"by \((.*?)\)", query) for label in group.split(", ")}
            [selector] = set(re.findall(rf"{name}\{{(.*?)\}}", query))
            filtered = set(re.findall(r"([a-z]+)=", selector))
            assert grouped | filtered <= LABELS[name] | OF_PROMETHEUS, query


def test_panels_have_names_places_and_sources_of_their_own() -> None:
    board = json.loads(read())
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len({panel["title"] for panel in panels}) == len(panels)
    assert len({(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}) == len(panels)
    variables = {each["name"] for each in board["templating"]["list"]}
    assert set(re.findall(r"\$\{?([a-z]+)", json.dumps(board))) == variables
