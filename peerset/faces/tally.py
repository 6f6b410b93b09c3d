"""How the faces of a node are asked, counted: for those who watch the node."""

from collections import Counter
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

FAILED: Final = 500


class FaceTally:
    """Counts the requests of one face; a web socket, or a stream of what is new, is one that lasts."""

    def __init__(self) -> None:
        self.open = 0
        """That are being answered now."""
        self.answered: Counter[int] = Counter()
        """That were, by the status of the answer; what is refused has one of 400 and more."""
        self.refused: Counter[str] = Counter()
        """What clients asked for on a web socket and did not get, by the word of NIP-01 that they were told."""

    def refuse(self, reason: str) -> str:
        """Count a refusal for *reason*, which begins with a word of ours and a colon; give it back."""
        self.refused[reason.partition(":")[0]] += 1
        return reason

    @web.middleware
    async def attend(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Count *request*, which *handler* answers."""
        status = FAILED
        self.open += 1
        try:
            response = await handler(request)
            status = response.status
        except web.HTTPException as error:
            status = error.status
            raise
        finally:
            self.open -= 1
            self.answered[status] += 1
        return response


FaceTallies = dict[str, FaceTally]
"""Of each face, by its name in figures: ``nostr``, ``http``."""
