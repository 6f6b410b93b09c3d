"""Signing by libsecp256k1, as coincurve brings it.

coincurve's own call works out the key pair anew for every signature: a multiplication on the curve, a quarter of what
signing costs. Where its inside is as we know it, the pair is kept; where it is not, that call is made.
"""

import importlib
from collections.abc import Callable
from functools import cache
from typing import Any

from coincurve import PrivateKey

Sign = Callable[[bytes, bytes], bytes]
"""Signs 32 bytes, with 32 more that are mixed into the nonce (BIP-340), and verifies what it gives."""


def signer_of(private: PrivateKey) -> Sign:
    """Give what signs by *private*."""
    inside = _inside()
    return private.sign_schnorr if inside is None else _keep_pair(private, inside.ffi, inside.lib)


@cache
def _inside() -> Any:  # noqa: ANN401 - an extension module without types
    """Give the inside of coincurve; None where it does not sign as coincurve does."""
    private, message = PrivateKey(b"\1" * 32), bytes(32)
    try:
        inside = importlib.import_module("coincurve._libsecp256k1")
        is_known = _keep_pair(private, inside.ffi, inside.lib)(message, message) == private.sign_schnorr(
            message, message
        )
    except (ImportError, AttributeError, TypeError, ValueError):
        return None
    return inside if is_known else None


def _keep_pair(private: PrivateKey, ffi: Any, lib: Any) -> Sign:  # noqa: ANN401 - of an extension module without types
    context = private.context.ctx
    pair = ffi.new("secp256k1_keypair *")
    if not lib.secp256k1_keypair_create(context, pair, private.secret):
        raise ValueError("no key pair")
    public = private.public_key_xonly.public_key

    def sign(message: bytes, aux: bytes) -> bytes:
        signature = ffi.new("unsigned char[64]")
        # What a faulty computation signed would give the secret away, so it is checked (BIP-340).
        if not (
            lib.secp256k1_schnorrsig_sign32(context, signature, message, pair, aux)
            and lib.secp256k1_schnorrsig_verify(context, signature, message, len(message), public)
        ):
            raise ValueError("the signature is not valid")
        return bytes(ffi.buffer(signature))

    return sign
