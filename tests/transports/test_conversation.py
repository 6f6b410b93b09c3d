import random

import pytest

from peerset.core.action import Action
from peerset.transports.conversation import Conversation
from peerset.transports.frames import Encoder, encode_presence
from peerset.transports.legacy import Legacy
from peerset.transports.legacy_frames import LegacyEncoder
from peerset.transports.sharing import Forget, RoomActivated, RoomDeactivated, RoomDelivered, Sharing
from tests.transports.test_sharing import BOTH, LARGE, LOBBY_TOKEN, NOW, READY, SMALL, others

CHAT = Action("chat", "hello")
LEGACY_CHAT = LegacyEncoder().encode(CHAT)[0]
PRESENCE = encode_presence(LOBBY_TOKEN, is_present=True)


def make(*, is_modern: bool) -> Conversation:
    return Conversation(
        LOBBY_TOKEN, is_modern=is_modern, local=SMALL, remote=LARGE, memberships=dict(BOTH), rng=random.Random(1)
    )


def test_the_description_decides_until_the_peer_says_something() -> None:
    modern, legacy = make(is_modern=True), make(is_modern=False)
    assert isinstance(modern.dialect, Sharing)
    assert isinstance(legacy.dialect, Legacy)
    assert others(modern.open(NOW)) == []
    assert legacy.open(NOW) == [RoomActivated(LOBBY_TOKEN)]


def test_a_first_message_of_the_same_dialect_changes_nothing() -> None:
    modern, legacy = make(is_modern=True), make(is_modern=False)
    dialects = modern.dialect, legacy.dialect
    modern.open(NOW)
    legacy.open(NOW)
    assert modern.receive(PRESENCE, NOW) == []
    assert legacy.receive(LEGACY_CHAT, NOW) == [RoomDelivered(LOBBY_TOKEN, CHAT)]
    assert (modern.dialect, legacy.dialect) == dialects


def test_a_page_that_hides_its_age_is_answered_in_its_own_dialect() -> None:
    conversation = make(is_modern=True)
    conversation.open(NOW)
    assert conversation.receive(LEGACY_CHAT, NOW) == [RoomActivated(LOBBY_TOKEN), RoomDelivered(LOBBY_TOKEN, CHAT)]
    assert not conversation.is_modern


def test_a_modern_peer_without_the_line_starts_over_as_one() -> None:
    conversation = make(is_modern=False)
    conversation.open(NOW)
    effects = conversation.receive(PRESENCE, NOW)
    assert others(effects) == [Forget(LOBBY_TOKEN), RoomDeactivated(LOBBY_TOKEN, "it speaks otherwise")]
    assert conversation.is_modern
    assert others(conversation.receive(Encoder(LOBBY_TOKEN).encode(READY)[0], NOW)) == [RoomActivated(LOBBY_TOKEN)]


@pytest.mark.parametrize("is_modern", [True, False])
def test_what_is_of_neither_dialect_decides_nothing(is_modern: bool) -> None:
    conversation = make(is_modern=is_modern)
    conversation.open(NOW)
    for data in (b"", b"\x03", bytes(40)):
        assert conversation.receive(data, NOW) == []
    assert conversation.is_modern is is_modern
    conversation.receive(LEGACY_CHAT if is_modern else PRESENCE, NOW)
    assert conversation.is_modern is not is_modern


def test_what_was_told_once_stays() -> None:
    conversation = make(is_modern=True)
    conversation.open(NOW)
    conversation.receive(PRESENCE, NOW)
    assert conversation.receive(LEGACY_CHAT, NOW) == []
    assert conversation.is_modern
