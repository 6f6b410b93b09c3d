"""Names of rooms that say their rules, so that nobody with others is met there (docs/addresses.md, "Bound names")."""

from collections.abc import Iterable

from peerset.core.bound import bind
from peerset.core.limits import RETENTION_SECONDS
from peerset.core.rules import Rules
from peerset.core.typed import AnyRetention, read_retention, read_text
from peerset.moderation.content_rules import with_content_rules
from peerset.moderation.panel import close_policies
from peerset.moderation.rulebook import with_budget
from peerset.room.arguments import AnyPolicy, AnySeal, read_policies, read_seals


async def bound_room(
    room: str,
    *,
    policies: AnyPolicy | Iterable[AnyPolicy] = (),
    retention: AnyRetention = RETENTION_SECONDS,
    seal: AnySeal | None = None,
) -> str:
    """Give the name of *room* with a hash of its rules, such as ``lobby~0d5f…``: who has others cannot join it.

    The rules are those of *policies*, admission and set rules alike, and how long records are kept (default: 90 days).
    With a *seal*, whatever it is, they are those of a sealed room, of which policies that look at content are no part.

    Raises:
        ConfigError: a policy, *retention* or *seal* is none, or a sealed room cannot have the policy.

    """
    rulebook = with_budget(read_policies(policies))
    try:
        rulebook = with_content_rules(rulebook) if read_seals(seal) else rulebook
        rules = Rules(retention_seconds=read_retention(retention), policies=rulebook.manifests)
        return bind(read_text("the room", room), rules)
    finally:
        await close_policies((*rulebook.admission, *rulebook.views, *rulebook.set_rules))
