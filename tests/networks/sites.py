"""The networks of the lab, as a shell script that makes them: an internet, and sites behind routers of every kind.

The internet is a namespace that forwards; 5.5.0.1 and 5.5.0.2 are servers in it. Site number N has the public address
5.5.N.2, which is its router's, and behind that its host has 192.168.N.2. The hosts of a home are joined by a bridge,
and have no way to the internet.
"""

from dataclasses import dataclass
from typing import Final

SERVERS: Final = ("5.5.0.1", "5.5.0.2")
DELAY_MS: Final = 40
LOSS_PERCENT: Final = 4

NEWLINE: Final = "\n"
NOTHING_UNASKED: Final = "iifname wan ct state new drop"
TRANSLATION: Final = {
    "full cone": "oifname wan masquerade",
    "restricted cone": "oifname wan masquerade",
    "symmetric": "oifname wan masquerade fully-random",
    "UDP blocked": "oifname wan masquerade",
}
"""A masquerade keeps a port as long as nobody else has it, so every server sees the same; fully random, none does."""


@dataclass(frozen=True, slots=True)
class Site:
    """A host and what is between it and the internet."""

    name: str
    router: str = ""
    """A key of `TRANSLATION`; "" for a host with an address of its own."""
    is_lossy: bool = False
    """Its router drops some of the packets, both ways."""
    is_slow: bool = False
    """Its router holds packets back, which takes a kernel with netem."""


def make_script(sites: list[Site], *, home: list[str]) -> str:
    """Give the commands that make the internet and *sites*, and a local network of the hosts *home*."""
    commands = ["ip link set lo up", "echo 1 > /proc/sys/net/ipv4/ip_forward"]
    # What has no way is lost without a word, as on the internet: to be told so makes coturn end an allocation.
    commands += ["ip netns add nowhere", "ip link add void type veth peer name void netns nowhere"]
    commands += ["ip -n nowhere link set void up", "ip link set void arp off up", "ip route add default dev void"]
    commands += [f"ip addr add {server}/32 dev lo" for server in SERVERS]
    for number, site in enumerate(sites, 1):
        commands += _site(number, site)
    return "\n".join([*commands, *_home(home)])


def _home(hosts: list[str]) -> list[str]:
    commands = ["ip link add name home type bridge", "ip link set home up"]
    for number, host in enumerate(hosts, 1):
        commands += [
            f"ip netns add {host}",
            f"ip link add name to-{host} type veth peer name lan netns {host}",
            f"ip link set to-{host} master home up",
            f"ip -n {host} link set lo up",
            f"ip -n {host} addr add 192.168.200.{number}/24 dev lan",
            f"ip -n {host} link set lan up",
        ]
    return commands


def _site(number: int, site: Site) -> list[str]:
    if not site.router:
        return _wire(f"to-{number}", f"5.5.{number}", None, site.name)
    router = f"router-{number}"
    return [
        *_wire(f"to-{number}", f"5.5.{number}", None, router),
        *_wire("lan", f"192.168.{number}", router, site.name),
        f"ip netns exec {router} sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'",
        f"ip netns exec {router} nft '{_rules(number, site)}'",
        *([f"ip netns exec {router} tc qdisc add dev wan root netem delay {DELAY_MS}ms"] if site.is_slow else []),
    ]


def _wire(link: str, network: str, outer: str | None, inner: str) -> list[str]:
    """Put the namespace *inner* at the end of a cable; its upper end is *link* in *outer*, or in the internet."""
    at = "ip" if outer is None else f"ip -n {outer}"
    return [
        f"ip netns add {inner}",
        f"{at} link add {link} type veth peer name wan netns {inner}",
        f"{at} addr add {network}.1/24 dev {link}",
        f"{at} link set {link} up",
        f"ip -n {inner} link set lo up",
        f"ip -n {inner} addr add {network}.2/24 dev wan",
        f"ip -n {inner} link set wan up",
        f"ip -n {inner} route add default via {network}.1",
    ]


def _rules(number: int, site: Site) -> str:
    is_full_cone = site.router == "full cone"
    forwarded = [
        *(["meta l4proto udp drop"] if site.router == "UDP blocked" else []),
        *([f"meta l4proto udp numgen random mod 100 < {LOSS_PERCENT} drop"] if site.is_lossy else []),
        *([] if is_full_cone else [NOTHING_UNASKED]),
    ]
    # To a full cone whoever knows the port may come.
    arriving = f"iifname wan udp dport 1024-65535 dnat to 192.168.{number}.2" if is_full_cone else ""
    return f"""table ip lab {{
        chain leaving {{
            type nat hook postrouting priority 100
            {TRANSLATION[site.router]}
        }}
        chain arriving {{
            type nat hook prerouting priority -100
            {arriving}
        }}
        chain inward {{
            type filter hook input priority 0
            {NOTHING_UNASKED}
        }}
        chain through {{
            type filter hook forward priority 0
            {NEWLINE.join(forwarded)}
        }}
    }}"""
