"""What a process that checks signatures is asked, and what it answers."""

import io

from peerset.core.record import Record
from peerset.verification.checking import SIGNED_BYTES, Signed, question_of, serve
from tests.protocol.pair import make_record


def signed(record: Record) -> Signed:
    return record.author, record.id, record.signature


def test_each_signature_has_its_answer_in_order() -> None:
    good, other = signed(make_record(1)), signed(make_record(2))
    forged = (good[0], good[1], other[2])
    no_point = (b"\xff" * 32, good[1], good[2])
    questions = [question_of([good, forged, no_point, other]), question_of([forged])]
    answers = io.BytesIO()
    serve(io.BytesIO(b"".join([question for question in questions if question])), answers)
    assert answers.getvalue() == bytes([1, 0, 0, 1, 0])


def test_what_has_another_length_is_not_asked() -> None:
    author, record_id, signature = signed(make_record(1))
    for other in [
        (author[1:], record_id, signature),
        (author, record_id + b"\0", signature),
        (author, record_id, b""),
        (author, record_id, signature[1:]),
    ]:
        assert question_of([(author, record_id, signature), other]) is None
    # Two that are wrong make up for each other in the sum.
    assert question_of([(author, record_id, signature[1:]), (author, record_id, signature + b"\0")]) is None


def test_a_question_that_is_cut_off_ends_it() -> None:
    question = question_of([signed(make_record(1))]) or b""
    for size in (1, 4, 4 + SIGNED_BYTES - 1):
        answers = io.BytesIO()
        serve(io.BytesIO(question[:size]), answers)
        assert answers.getvalue() == b""
