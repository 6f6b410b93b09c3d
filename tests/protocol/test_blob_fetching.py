"""Blobs are fetched of several neighbours at once, whatever some of these do."""

import pytest

from peerset.core.blob import BlobName
from peerset.core.blob_bits import all_of, bits_of, write_bits
from peerset.core.limits import (
    BLOB_LATE_SECONDS,
    BLOB_PATIENCE_SECONDS,
    BLOB_PIECE_BYTES,
    BLOB_PIECES_ASKED_MAX,
    BLOB_TIMEOUT_SECONDS,
    BLOBS_WANTED_MAX,
)
from peerset.core.message import BlobAbsent, BlobAsk, BlobHave, BlobPart, BlobWant
from peerset.core.signal import PeerId
from peerset.protocol.blob_fetching import LOOK_SECONDS, BlobFetching
from peerset.protocol.effects import GiveUpBlob, KeepPiece, Request, Send, Strike
from peerset.protocol.inputs import BlobUnwanted, BlobWanted, PiecesKept
from peerset.protocol.strikes import Fault
from tests.protocol.blobs import ONE, THREE, TWO, Blob, at


def wants(requests: list[Request], peer: PeerId) -> list[int]:
    """Give which pieces *peer* is asked for."""
    return [
        piece
        for request in requests
        if isinstance(request, Send) and request.peer == peer and isinstance(request.message, BlobWant)
        for piece in range(request.message.first, request.message.first + request.message.count)
    ]


def begin(blob: Blob, *peers: PeerId, has: int | None = None) -> tuple[BlobFetching, dict[PeerId, list[int]]]:
    """Want all of *blob*, which all *peers* have; give what each is asked for at first."""
    fetching = BlobFetching()
    for peer in peers:
        fetching.join(peer, at(0))
    asked = fetching.want(BlobWanted(blob.name, range(len(blob.pieces))), at(0))
    assert asked == [Send(peer, BlobAsk(blob.root)) for peer in peers]
    bits = write_bits(all_of(len(blob.pieces)) if has is None else has)
    heard = [request for peer in peers for request in fetching.receive(peer, BlobHave(blob.root, bits), at(0))]
    return fetching, {peer: wants(heard, peer) for peer in peers}


def bring(fetching: BlobFetching, blob: Blob, peer: PeerId, piece: int, seconds: float = 0) -> list[Request]:
    """Let a piece come and be kept."""
    requests = fetching.receive(peer, blob.part(piece), at(seconds))
    kept = [request for request in requests if isinstance(request, KeepPiece)]
    return [*requests, *[r for _ in kept for r in fetching.kept(PiecesKept(blob.root, ((peer, piece),)), at(seconds))]]


def test_each_is_asked_for_what_the_others_are_not() -> None:
    blob = Blob(20)
    _, asked = begin(blob, ONE, TWO)
    assert asked == {ONE: list(range(8)), TWO: list(range(8, 16))}


def test_all_comes_however_it_is_mixed() -> None:
    blob = Blob(30)
    fetching, asked = begin(blob, ONE, TWO)
    came: list[int] = []
    while any(asked.values()):
        for peer in (TWO, ONE):
            if asked[peer]:
                piece = asked[peer].pop(0)
                requests = bring(fetching, blob, peer, piece)
                came += [request.piece for request in requests if isinstance(request, KeepPiece)]
                for each in (ONE, TWO):
                    asked[each] += wants(requests, each)
    assert sorted(came) == list(range(30))
    assert fetching.deadline is None


def test_no_more_is_on_its_way_than_may_be_until_it_is_kept() -> None:
    blob = Blob(40)
    fetching, asked = begin(blob, ONE)
    assert len(asked[ONE]) == BLOB_PIECES_ASKED_MAX
    for piece in asked[ONE]:
        requests = fetching.receive(ONE, blob.part(piece), at(0))
        assert [type(request) for request in requests] == [KeepPiece]
    assert wants(fetching.kept(PiecesKept(blob.root, ((ONE, 0),)), at(0)), ONE) == [8]


def test_what_came_and_is_not_kept_yet_is_not_asked_for_again() -> None:
    blob = Blob(3)
    fetching, _ = begin(blob, ONE)
    fetching.receive(ONE, blob.part(0), at(0))
    fetching.receive(ONE, blob.part(1), at(0))
    # Whoever reads does not see it yet.
    assert wants(fetching.want(BlobWanted(blob.name, range(3)), at(0)), ONE) == []
    fetching.receive(ONE, blob.part(2), at(0))
    fetching.kept(PiecesKept(blob.root, ((ONE, 0),)), at(0))
    # This one was lost on its way to the disk.
    assert wants(fetching.want(BlobWanted(blob.name, [0]), at(0)), ONE) == [0]


def test_a_wrong_piece_is_a_fault_and_is_asked_of_another() -> None:
    blob = Blob(4)
    fetching, asked = begin(blob, ONE, TWO)
    assert asked == {ONE: [0, 1, 2, 3], TWO: []}
    good = blob.part(0)
    requests = fetching.receive(ONE, BlobPart(good.root, 0, good.proof, b"x" + good.data[1:]), at(0))
    assert [request.fault for request in requests if isinstance(request, Strike)] == [Fault.LYING]
    assert wants(requests, TWO) == [0]
    assert wants(requests, ONE) == []
    # What it was asked for before, and is right, is taken.
    assert any(isinstance(request, KeepPiece) for request in fetching.receive(ONE, blob.part(1), at(0)))


@pytest.mark.parametrize("more", [-1, 1, BLOB_PIECE_BYTES, 5 * BLOB_PIECE_BYTES])
def test_who_gives_what_a_record_says_a_wrong_size_of_is_no_liar(more: int) -> None:
    blob = Blob(3)
    said = BlobName(blob.root, blob.name.size + more)
    fetching = BlobFetching()
    fetching.join(ONE, at(0))
    fetching.want(BlobWanted(said, range(said.pieces)), at(0))
    fetching.receive(ONE, BlobHave(blob.root, write_bits(0b111)), at(0))
    requests = fetching.receive(ONE, blob.part(2 if more > 0 else 0), at(0))
    [given_up] = [each for each in requests if isinstance(each, GiveUpBlob)]
    assert "another size" in given_up.reason
    assert given_up.refuted == said.size
    assert not any(isinstance(request, Strike) for request in requests)


def test_what_one_does_not_give_is_asked_of_another_and_nobody_is_blamed() -> None:
    blob = Blob(4)
    fetching, _ = begin(blob, ONE, TWO)
    requests = fetching.receive(ONE, BlobAbsent(blob.root, 0, 4), at(0))
    assert wants(requests, TWO) == [0, 1, 2, 3]
    assert not any(isinstance(request, Strike) for request in requests)


def test_who_leaves_is_replaced() -> None:
    blob = Blob(4)
    fetching, _ = begin(blob, ONE, TWO)
    assert wants(fetching.leave(ONE, at(0)), TWO) == [0, 1, 2, 3]
    assert fetching.leave(THREE, at(0)) == []


def test_a_slow_one_does_not_hold_up_a_fast_one() -> None:
    blob = Blob(10)
    fetching, asked = begin(blob, ONE, TWO)
    assert asked == {ONE: list(range(8)), TWO: [8, 9]}
    for piece in (8, 9):
        bring(fetching, blob, TWO, piece, 0.5)
    assert wants(fetching.tick(at(LOOK_SECONDS)), TWO) == []
    late = fetching.tick(at(LOOK_SECONDS + BLOB_LATE_SECONDS))
    assert wants(late, TWO) == list(range(8))
    for piece in range(8):
        bring(fetching, blob, TWO, piece, 3)
    assert fetching.deadline is None
    # What comes too late is no fault, and its credit is free again.
    for piece in range(8):
        assert bring(fetching, blob, ONE, piece, 9) == []


@pytest.mark.parametrize("answer", [Blob(4).part(0), BlobAbsent(Blob(4).root, 2, 1), BlobHave(Blob(4).root, b"")])
def test_an_answer_to_nothing_is_a_fault(answer: BlobPart | BlobAbsent | BlobHave) -> None:
    fetching = BlobFetching()
    fetching.join(ONE, at(0))
    [strike] = fetching.receive(ONE, answer, at(0))
    assert isinstance(strike, Strike)
    assert strike.fault is Fault.FLOOD


def test_each_second_answer_is_a_fault() -> None:
    blob = Blob(4)
    fetching, _ = begin(blob, ONE)
    bring(fetching, blob, ONE, 0)
    [strike] = fetching.receive(ONE, blob.part(0), at(0))
    assert isinstance(strike, Strike)


def test_who_lacks_something_is_asked_again_later() -> None:
    blob = Blob(4)
    fetching, asked = begin(blob, ONE, has=bits_of([0]))
    assert asked == {ONE: [0]}
    bring(fetching, blob, ONE, 0, 1)
    seconds = LOOK_SECONDS
    requests: list[Request] = []
    while not requests:
        requests, seconds = fetching.tick(at(seconds)), seconds + LOOK_SECONDS
    assert requests == [Send(ONE, BlobAsk(blob.root))]
    assert BLOB_TIMEOUT_SECONDS <= seconds - LOOK_SECONDS < BLOB_TIMEOUT_SECONDS + 2 * LOOK_SECONDS
    heard = fetching.receive(ONE, BlobHave(blob.root, write_bits(all_of(4))), at(seconds))
    assert wants(heard, ONE) == [1, 2, 3]


def test_a_newcomer_is_asked_too() -> None:
    blob = Blob(2)
    fetching, _ = begin(blob)
    assert fetching.join(ONE, at(1)) == [Send(ONE, BlobAsk(blob.root))]


def test_what_nobody_has_is_given_up() -> None:
    blob = Blob(2)
    fetching, _ = begin(blob, ONE, has=0)
    requests = [each for second in range(1, int(BLOB_PATIENCE_SECONDS) + 1) for each in fetching.tick(at(second))]
    assert [request.root for request in requests if isinstance(request, GiveUpBlob)] == [blob.root]
    assert fetching.deadline is None


def test_what_is_not_wanted_any_more_is_passed_over() -> None:
    blob = Blob(2)
    fetching, _ = begin(blob, ONE)
    assert fetching.unwant(BlobUnwanted(blob.root)) == []
    assert fetching.receive(ONE, blob.part(0), at(0)) == []
    assert fetching.deadline is None


def test_what_is_still_on_its_way_when_it_is_wanted_anew_is_not_asked_for_again() -> None:
    blob = Blob(30)
    fetching, asked = begin(blob, ONE)
    fetching.unwant(BlobUnwanted(blob.root))
    again = BlobWanted(blob.name, range(len(blob.pieces)))
    assert fetching.want(again, at(0)) == [Send(ONE, BlobAsk(blob.root))]
    fetching.receive(ONE, BlobHave(blob.root, write_bits(all_of(len(blob.pieces)))), at(0))
    came = list(asked[ONE])
    for piece in came:
        requests = bring(fetching, blob, ONE, piece)
        assert not any(isinstance(request, Strike) for request in requests)
        came += wants(requests, ONE)
    assert sorted(came) == list(range(len(blob.pieces)))


def test_what_is_read_now_comes_first() -> None:
    blob = Blob(40)
    fetching, asked = begin(blob, ONE)
    fetching.want(BlobWanted(blob.name, [30, 31]), at(0))
    more = [piece for piece in asked[ONE][:4] for piece in wants(bring(fetching, blob, ONE, piece), ONE)]
    assert more[:2] == [30, 31]


def test_no_more_blobs_are_looked_for_than_the_limit_says() -> None:
    fetching = BlobFetching()
    root = Blob(1).name
    for number in range(BLOBS_WANTED_MAX):
        name = type(root)(type(root.root)(number.to_bytes(32, "big")), 1)
        fetching.want(BlobWanted(name, [0]), at(0))
    [refusal] = fetching.want(BlobWanted(root, [0]), at(0))
    assert isinstance(refusal, GiveUpBlob)
