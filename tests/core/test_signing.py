"""Signatures are those of coincurve's own call, whether a key pair is kept or not."""

import random

import pytest
from coincurve import PrivateKey, PublicKeyXOnly

from peerset.core import signing
from peerset.core.signing import signer_of


def test_what_is_signed_by_a_kept_pair_is_what_coincurve_signs() -> None:
    rng = random.Random(1)
    for _ in range(20):
        private = PrivateKey(rng.randbytes(32))
        sign = signer_of(private)
        assert sign != private.sign_schnorr, "the pair is kept"
        message, aux = rng.randbytes(32), rng.randbytes(32)
        signature = sign(message, aux)
        assert signature == private.sign_schnorr(message, aux)
        assert PublicKeyXOnly(private.public_key_xonly.format()).verify(signature, message)


def test_where_the_inside_is_another_one_coincurve_signs_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    private = PrivateKey(bytes(31) + b"\1")

    class Changed:
        ffi = None
        lib = None

    monkeypatch.setattr("peerset.core.signing.importlib.import_module", lambda _: Changed)
    signing._inside.cache_clear()
    assert signer_of(private) == private.sign_schnorr
    signing._inside.cache_clear()
