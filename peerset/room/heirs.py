"""Who writes on for a key that is given up."""

from peerset.core.clock import UnixTime
from peerset.core.heir import sign_succession
from peerset.core.limits import FUTURE_SECONDS_MAX
from peerset.core.typed import AnyKey, read_key
from peerset.errors import ConfigError, MalformedError
from peerset.room.arguments import AnySigner, Signer
from peerset.room.clocks import read_unix


def name_heir(key: AnySigner, heir: AnyKey) -> str:
    """Give the text by which *key* names *heir*, another public key, to write on for it, in every room.

    The heir accepts by joining with it, ``join("lobby", key=heir, grants=[text])``: in collections that are
    ``on_behalf`` what it writes from now on is by *key*. It cannot be taken back.

    Raises:
        ConfigError: one is no key, or both are the same.

    """
    signer = Signer(key)
    if signer.public_key is None:
        raise ConfigError("there is no such key, whose heir could be named")
    try:
        since = UnixTime(max(0, read_unix() - FUTURE_SECONDS_MAX))
        return sign_succession(signer.take(), read_key(heir), since=since).text
    except MalformedError as error:
        raise ConfigError(str(error)) from error
