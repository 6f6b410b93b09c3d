"""One file of 1 GiB between two processes, as `tests.bench.bench_files` measures it: a minute, and 2 GiB of disk."""

from tests.bench import bench_files
from tests.bench.loops import run_fast
from tests.bench.sizes import sized

FILE_BYTES = sized(2**30, 2**26)


def run() -> list[bench_files.Row]:
    """Measure and give (name, value, unit)."""
    return run_fast(bench_files.measured(FILE_BYTES, 1))
