"""Writes nip06.json: secret keys as words (NIP-06). Run it after a change of these."""

import json
from pathlib import Path
from typing import Final

from peerset.core.nip06 import key_of_words, words_of

FILE: Final = Path(__file__).with_name("nip06.json")
NOTE: Final = (
    "keys: the secret that words stand for; the first two are those of NIP-06. refusals: what is not read, with a part "
    "of what is said of it."
)
OFFICIAL: Final = (
    (
        "leader monkey parrot ring guide accident before fence cannon height naive bean",
        "7f7ff03d123792d6ac594bfa67bf6d0c0ab55b6b1fdb6249303fe861f1ccba9a",
    ),
    (
        "what bleak badge arrange retreat wolf trade produce cricket blur garlic valid proud rude strong choose busy "
        "staff weather area salt hollow arm fade",
        "c15d739894c81a2fcfd3a2df85a0d2c0dbc47a280d092799f144d73d7ae78add",
    ),
)
FIRST: Final = OFFICIAL[0][0]
REFUSALS: Final = (
    ("", 0, "words of a key are 12, 15, 18, 21, 24, not 0"),
    (" ".join(["abandon"] * 33), 0, "not 33: so many are a share (SLIP-39)"),
    ("leader monkey parrot", 0, "not 3"),
    (f"{FIRST} bean", 0, "not 13"),
    (FIRST.replace("ring", "rnig"), 0, "word 4 of 12 is not in the English list"),
    (FIRST.replace("ring", "wring"), 0, "word 4 of 12 is not in the English list"),
    (FIRST.replace("ring", "\u0440ing"), 0, "word 4 of 12 is not in the English list"),
    (" ".join(reversed(FIRST.split())), 0, "do not fit each other"),
    (FIRST.replace("ring", "fence"), 0, "do not fit each other"),
    (FIRST, -1, "an account is a number from 0 to 2147483647"),
    (FIRST, 2**31, "an account is a number from 0 to 2147483647"),
)


def make() -> str:
    """Give the text of the file."""
    drawn = [words_of(bytes(range(size))) for size in (16, 20, 24, 28, 32)]
    said = [*(words for words, _ in OFFICIAL), *drawn, f"  {FIRST.upper()} \n", FIRST.replace(" ", "\n")]
    keys = [{"words": words, "account": 0, "passphrase": ""} for words in said]
    keys += [{"words": FIRST, "account": account, "passphrase": ""} for account in (1, 2**31 - 1)]
    keys += [{"words": FIRST, "account": 0, "passphrase": "Gr\u00fc\u00df \U0001f30d"}]
    rows = [{**row, "secret": _secret(**row)} for row in keys]  # type: ignore[arg-type] # texts and numbers
    refusals = [{"words": words, "account": account, "says": says} for words, account, says in REFUSALS]
    return json.dumps({"note": NOTE, "keys": rows, "refusals": refusals}, indent=1) + "\n"


def _secret(words: str, account: int, passphrase: str) -> str:
    return key_of_words(words, account=account, passphrase=passphrase).secret.hex()


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
