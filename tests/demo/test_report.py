"""What a demo peer and its parent say to each other."""

import pytest

from peerset.demo.report import Failed, Ids, Refused, Report, Status, decode, encode
from peerset.errors import RemoteProtocolError


@pytest.mark.parametrize(
    "report",
    [Status(2, 90, "ab", "in sync"), Ids(("aa", "bb")), Ids(()), Refused("spam", "links: a link"), Failed("no disk")],
)
def test_what_is_encoded_is_decoded_again(report: Report) -> None:
    assert decode(encode(report)) == report
    assert "\n" not in encode(report)


@pytest.mark.parametrize(
    "line", ["", "nonsense", "[]", "{}", '{"report":"status"}', '{"report":"x"}', '{"report":"ids"}']
)
def test_anything_else_is_a_fault(line: str) -> None:
    with pytest.raises(RemoteProtocolError, match="no report"):
        decode(line)
