"""How a policy writes down what it judges by."""

import hashlib

import pytest

from peerset import ConfigError, Manifest
from peerset_moderation.manifests import canonical_parameters, digest_of


def test_parameters_have_one_form_whatever_their_order() -> None:
    assert canonical_parameters({"b": [1, "é"], "a": None}) == '{"a":null,"b":[1,"é"]}'
    assert canonical_parameters({"a": None, "b": [1, "é"]}) == canonical_parameters({"b": [1, "é"], "a": None})


def test_a_manifest_takes_them() -> None:
    parameters = canonical_parameters({"languages": ["de", "en"], "deep": {"b": 1, "a": True}})
    assert Manifest("words", 1, parameters).parameters == parameters


def test_a_manifest_refuses_what_has_no_one_form() -> None:
    with pytest.raises(ConfigError, match="number"):
        Manifest("words", 1, canonical_parameters({"share": 0.5}))


def test_a_list_has_one_digest_whatever_its_order() -> None:
    assert digest_of(["b", "a", "b"]) == digest_of(["a", "b"]) == hashlib.sha256(b"a\nb\n").digest()
    assert digest_of(["a", "b"]) != digest_of(["ab"])
