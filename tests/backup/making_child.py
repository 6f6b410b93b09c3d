"""The process that tests kill: it makes a backup, or restores one, until so many bytes are done, and says so.

Arguments: make or restore, the backup, the folder, and how many bytes.
"""

import random
import sys
import threading
from pathlib import Path

from peerset.backup.making import files_below, make
from peerset.backup.restoring import restore


def main(what: str, backup: Path, folder: Path, most: int) -> None:
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        if done >= most:
            print("half", flush=True)
            threading.Event().wait()

    if what == "make":
        make(backup, files_below(folder, left_out=[]), passphrase=None, now=1, rng=random.Random(1), tell=tell)
    else:
        restore(backup, folder, force=True, ask=str, tell=tell)
    print("whole", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
