"""Says which way data go over channels: the quick one, or aiortc's own."""

from importlib.metadata import version

from peerset.doctor.finding import Finding, Health
from peerset.transports.tuning import QUICK, is_quick_supported


def examine_channels(*, plain_channels: bool) -> Finding:
    """Say whether the installed aiortc is the one that peerset is quick with."""
    name, found = "channels", ", ".join(f"{package} {version(package)}" for package in QUICK)
    if plain_channels:
        return Finding(name, Health.WELL, f"{found}; data go aiortc's own way, as --plain-channels says")
    if is_quick_supported():
        return Finding(name, Health.WELL, f"{found}; data go the quick way")
    advice = "install " + " and ".join(f"{package}=={tested}" for package, tested in QUICK.items())
    return Finding(name, Health.WEAK, f"{found}; data go aiortc's own way, at half the pace", advice)
