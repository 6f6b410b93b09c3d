"""Names of rooms that say their rules, so that nobody with others is met there (docs/addresses.md, "Bound names")."""

from collections.abc import Iterable

from peerset.core.bound import bind
from peerset.core.limits import RETENTION_SECONDS
from peerset.core.rules import Rules
from peerset.core.typed import AnyRetention, read_retention, read_text
from peerset.moderation.panel import close_policies
from peerset.moderation.rulebook import with_budget
from peerset.room.arguments import AnyPolicy, read_policies


async def bound_room(
    room: str, *, policies: AnyPolicy | Iterable[AnyPolicy] = (), retention: AnyRetention = RETENTION_SECONDS
) -> str:
    """Give the name of *room* with a hash of its rules, such as ``lobby~0d5f…``: who has others cannot join it.

    The rules are those of *policies*, admission and set rules alike, and how long records are kept (default: 90 days).

    Raises:
        ConfigError: a policy or *retention* is none.

    """
    rulebook = with_budget(read_policies(policies))
    try:
        rules = Rules(retention_seconds=read_retention(retention), policies=rulebook.manifests)
        return bind(read_text("the room", room), rules)
    finally:
        await close_policies((*rulebook.admission, *rulebook.views))
