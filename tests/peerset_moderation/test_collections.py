"""Which records a rule about authors concerns."""

import pytest

from peerset import ConfigError
from peerset_moderation.collections import COLLECTIONS_MAX, KIND_COMMIT, KIND_DELETION, Scope


def test_without_names_all_is_meant_and_what_is_in_none() -> None:
    scope = Scope("writers", None)
    assert scope.names is None
    assert all(scope.concerns(kind, name) for kind in (1_078, KIND_DELETION) for name in ("places", None))


def test_with_names_only_those_are_meant_and_nothing_that_accompanies_others() -> None:
    scope = Scope("writers", ["places", "notes", "places"])
    assert scope.names == ["notes", "places"]
    assert [scope.concerns(1_078, name) for name in ("places", "notes", "chat", None)] == [True, True, False, False]
    assert [scope.concerns(kind, "places") for kind in (KIND_DELETION, KIND_COMMIT)] == [False, False]


@pytest.mark.parametrize("name", ["", "*", "two words", "a\tb", "\ud800"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=r"writers: .* is no collection's name"):
        Scope("writers", [name])


def test_so_many_are_named_and_no_more() -> None:
    Scope("writers", [f"c{number}" for number in range(COLLECTIONS_MAX)])
    for names in ([], [f"c{number}" for number in range(COLLECTIONS_MAX + 1)]):
        with pytest.raises(ConfigError, match=f"not {len(names)}"):
            Scope("writers", names)
