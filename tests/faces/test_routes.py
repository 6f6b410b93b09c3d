"""What can be asked over HTTP."""

import re

from peerset.faces.routes import ROUTES, SCHEMAS


def test_what_stands_in_a_path_is_declared_and_nothing_is_declared_twice() -> None:
    for route in ROUTES:
        in_path = [each.name for each in route.parameters if each.is_in_path]
        assert in_path == re.findall(r"\{(\w+)\}", route.path)
        assert len({each.name for each in route.query}) == len(route.query)
    assert len({route.name for route in ROUTES}) == len(ROUTES)


def test_all_that_an_answer_refers_to_is_there() -> None:
    assert set(re.findall(r"#/components/schemas/(\w+)", f"{ROUTES}{SCHEMAS}")) == set(SCHEMAS)
