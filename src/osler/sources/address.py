"""Which addresses may be spoken to: listed hosts over https, at public internet addresses only (R-35)."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from osler.errors import FetchError

_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""An IPv6-only network reaches IPv4 hosts through this prefix (RFC 6052): what counts is the IPv4 address inside."""
_TUNNELS = (ipaddress.IPv6Network("2001::/32"), ipaddress.IPv6Network("2002::/16"))
"""Teredo and 6to4 also carry an IPv4 address inside; both are obsolete, so they are refused rather than unpacked."""


@dataclass(frozen=True, slots=True)
class Target:
    """A checked https address: host in lower case, path with its query string."""

    host: str
    path: str


def check_url(url: str, hosts: Collection[str]) -> Target:
    """The target of a URL, if its host is one of `hosts`, spelled exactly so. Raises FetchError.

    A number in any notation (2130706433, 0x7f.1, [::1]) is no name on the list and is refused with the rest.
    """
    # urlsplit silently drops tabs and newlines, and browsers read \ as /: such an address means two things at once.
    if not url.isascii() or any(not "!" <= c <= "~" or c == "\\" for c in url):
        raise FetchError("an address with a character that does not belong in one")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or ""), parts.port
    except ValueError as error:
        raise FetchError("an address that cannot be read") from error
    shown = host[:80] or "(no host)"
    if parts.scheme != "https":
        raise FetchError(f"an address at {shown} that is not https")
    if parts.username is not None or parts.password is not None:
        raise FetchError(f"an address at {shown} with a user name in it")
    if host not in hosts:
        raise FetchError(f"{shown} is not one of the hosts that may be asked")
    if port not in (None, 443):
        raise FetchError(f"an address at {shown} with an unusual port")
    return Target(host, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def check_public(address: str) -> str:
    """The address in canonical form, if it is one of the public internet. Raises ValueError.

    Refused: private, loopback, link-local, shared, multicast, reserved and unspecified ones, a zone (%eth0), any spelling
    but the usual ones, and IPv6 forms that carry an IPv4 address which is itself refused.
    """
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv4Address):
        if not ip.is_global or ip.is_multicast or ip.is_reserved:
            raise ValueError(f"{address} is not a public address")
        return str(ip)
    inner = ip.ipv4_mapped or (ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None)
    if inner is not None and ip.scope_id is None:
        check_public(str(inner))
        return str(ip)
    if ip.scope_id is not None or ip not in _UNICAST or not ip.is_global or any(ip in net for net in _TUNNELS):
        raise ValueError(f"{address} is not a public address")
    return str(ip)
