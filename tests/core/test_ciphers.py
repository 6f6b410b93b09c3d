"""Ciphers of `cryptography`: by published vectors, and loaded by who uses them alone."""

import subprocess
import sys

from peerset.core.ciphers import aes_stream, chacha_stream, open_whole, seal_whole
from tests.patience import PATIENT_SECONDS


def test_aes_in_counter_mode_is_that_of_nist() -> None:
    # SP 800-38A, F.5.5: CTR-AES256.Encrypt, the first two blocks.
    key = bytes.fromhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")
    counter = bytes.fromhex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")
    plain = bytes.fromhex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51")
    sealed = bytes.fromhex("601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5")
    assert aes_stream(key, counter).update(plain) == sealed
    stream = aes_stream(key, counter)
    assert stream.update(sealed[:5]) + stream.update(sealed[5:]) == plain


def test_chacha_is_that_of_rfc_8439() -> None:
    # Section 2.3.2: the block of counter 1.
    nonce = (1).to_bytes(4, "little") + bytes.fromhex("000000090000004a00000000")
    block = chacha_stream(bytes(range(32)), nonce).update(bytes(64))
    assert block.hex().startswith("10f1e7e4d13b5915500fdd1fa32071c4")


def test_what_is_sealed_whole_opens_by_its_key_alone() -> None:
    key, nonce = bytes(range(32)), bytes(range(16))
    sealed = seal_whole(key, nonce, b"hello")
    assert len(sealed) == 5 + 16
    assert open_whole(key, nonce, sealed) == b"hello"
    assert open_whole(key[::-1], nonce, sealed) is None
    assert open_whole(key, nonce, sealed[:-1] + bytes([sealed[-1] ^ 1])) is None


def test_the_package_is_loaded_by_the_first_use() -> None:
    code = (
        "import sys; from peerset.core.ciphers import seal_whole; print('cryptography' in sys.modules); "
        "seal_whole(bytes(32), bytes(16), b''); print('cryptography' in sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENT_SECONDS
    )
    assert told.stdout.split() == ["False", "True"]
