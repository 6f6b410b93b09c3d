"""Numbers by keys that others choose."""

import random
import tracemalloc

from peerset.stores.shards import Shards


def test_numbers_are_found_by_their_keys_whatever_comes_and_goes() -> None:
    rng, shards = random.Random(1), Shards()
    model: dict[bytes, list[int]] = {}
    for number in range(5_000):
        key = bytes([rng.randrange(200)])
        if model.get(key) and rng.random() < 0.4:
            gone = model[key].pop(rng.randrange(len(model[key])))
            shards.remove(key, gone)
        else:
            model.setdefault(key, []).append(number)
            shards.add(key, number)
    assert {key: sorted(shards.of(key)) for key in model} == model
    assert shards.of(b"no key") == []
    assert len(shards) == sum(map(len, model.values()))
    for key, numbers in model.items():
        for number in numbers:
            shards.remove(key, number)
    assert len(shards) == 0


def test_an_entry_takes_a_few_bytes_and_no_object() -> None:
    shards = Shards()
    tracemalloc.start()
    try:
        for number in range(30_000):
            shards.add(number.to_bytes(32, "big"), number)
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken / len(shards) < 40
