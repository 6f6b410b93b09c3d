"""The process that writes to a store, one transaction after the other, until it is killed; arguments: the store."""

import sqlite3
import sys


def main(path: str) -> None:
    db = sqlite3.connect(path, timeout=60, isolation_level=None)
    number = 0
    while True:
        with db:
            db.execute("INSERT INTO note (kind, key, text) VALUES ('busy', ?, ?)", (number.to_bytes(8), "x"))
        if not number:
            print("writing", flush=True)
        number += 1


if __name__ == "__main__":
    main(sys.argv[1])
