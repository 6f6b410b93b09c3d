"""Documents and pages of them."""

from peerset.core.keys import PublicKey
from peerset.data.doc import Doc, Page
from tests.protocol.pair import make_record

OWNER = PublicKey(bytes(32))


def test_a_page_is_read_like_a_list() -> None:
    docs = tuple(Doc(make_record(number), None, number, number, (), OWNER) for number in range(3))
    page = Page(docs, "next")
    assert list(page) == list(docs)
    assert (len(page), page[-1].value) == (3, 2)
    assert page[0].id == docs[0].record.id
    assert (page[0].author, page[0].signer) == (OWNER, docs[0].record.author)


def test_a_document_is_shown_by_what_it_says() -> None:
    assert "record=" not in repr(Doc(make_record(1), "key", {"a": 1}, 5, (), OWNER))
