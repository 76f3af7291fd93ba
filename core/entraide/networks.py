"""Whose line an address belongs to: what every limit counts instead of single addresses."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

LINE_BITS, HOLDER_BITS = 64, 48
"""Of IPv6: what a provider gives to one line, and what it gives to one holder at most."""

_NAT64 = IPv6Network("64:ff9b::/96")
_WITH_PORT = re.compile(r"(?P<four>[0-9.]+):[0-9]{1,5}|\[(?P<six>[^]]+)\](?::[0-9]{1,5})?")


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """Return the line behind an address: IPv4 as it is, IPv6 as its /64.

    An IPv4 address written as IPv6 counts as IPv4. What is no address (a proxy may write
    `unknown`) is returned as it is, so that it has a limit too.
    """
    ip = _parsed(address)
    return address.strip() if ip is None else _prefix(ip, LINE_BITS)


def holder_of(address: str) -> str:
    """Return who holds the line: IPv4 as it is, IPv6 as its /48, the most that one holder gets."""
    ip = _parsed(address.partition("/")[0])
    return address.strip() if ip is None else _prefix(ip, HOLDER_BITS)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    text = address.strip().strip('"')
    if match := _WITH_PORT.fullmatch(text):
        text = match["four"] or match["six"]
    try:
        ip = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return ip if isinstance(ip, IPv4Address) else _four_in(ip) or ip


def _four_in(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address stands for, if it does."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _prefix(address: IPv4Address | IPv6Address, bits: int) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((address, bits), strict=False))
