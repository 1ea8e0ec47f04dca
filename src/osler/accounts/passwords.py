"""Passwords: the rules for a new one, argon2id for keeping it, and a check that takes as long for an unknown login."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from osler.errors import Refused

if TYPE_CHECKING:
    from argon2 import PasswordHasher

COST = {"time_cost": 3, "memory_cost": 65536, "parallelism": 4}
"""Source: RFC 9106, section 4, the second recommended option: three passes over 64 MiB in four lanes."""
MIN_CHARACTERS = 12
MAX_CHARACTERS = 200
_COMMON = frozenset(
    "password1234 password12345 password123456 passwordpassword passw0rd1234 123456789012 1234567890123 12345678901234 "
    "123456789123 123123123123 qwertyuiop12 qwertyuiop123 qwertyuiopas qwertyuiopasdf qwerty123456 qwerty1234567 1q2w3e4r5t6y "
    "abcdefghijkl abcdefghijklm abcd12345678 iloveyou1234 letmeinletmein letmein12345 welcome12345 welcome123456 "
    "administrator administrator1 adminadmin12 admin1234567 changemechangeme changeme1234 trustno1trustno1 monkeymonkey12 "
    "hospital1234 hospital12345 pharmacy1234 pharmacist123 doctordoctor1 clinic123456 medicine1234 correcthorsebatterystaple".split()
)
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz" * 2,
    "zyxwvutsrqponmlkjihgfedcba" * 2,
    "1234567890" * 4,
    "0987654321" * 4,
    "qwertyuiopasdfghjklzxcvbnm",
)
_hashing = threading.BoundedSemaphore(2)
"""argon2id takes 64 MiB each time: a rush to the sign-in page must not take all memory."""


def check_new_password(password: str, *related: str) -> None:
    """Raises Refused with every reason. `related`: login and name, which it may not be built from.

    Source: NIST SP 800-63B, memorized secrets: length counts (at least 8 there, 12 here), common, repeated, sequential
    and context-specific words are refused, no composition rules, no forced change.
    """
    normal = _normal(password)
    plain = "".join(normal.casefold().split())
    reasons = []
    if len(normal) < MIN_CHARACTERS:
        reasons.append(f"a password has at least {MIN_CHARACTERS} characters")
    if len(normal) > MAX_CHARACTERS:
        reasons.append(f"a password has at most {MAX_CHARACTERS} characters")
    if plain in _COMMON or len(set(plain)) < 5 or any(plain in run for run in _RUNS):
        reasons.append("this password is among the first that are tried")
    words = {w for r in (*related, "osler") for w in re.findall(r"\w{3,}", r.casefold().replace("_", " "))}
    rest = plain
    for word in sorted(words, key=lambda w: (-len(w), w)):
        rest = rest.replace(word, "")
    if rest != plain and sum(c.isalnum() for c in rest) < 8:
        reasons.append("the password is mostly the login, the name or “osler”")
    if reasons:
        raise Refused(*reasons)


def hash_password(password: str) -> str:
    with _hashing:
        return _hasher().hash(_bytes(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether this is the password; without a stored one it takes as long, and is False."""
    from argon2.exceptions import InvalidHashError, VerificationError

    if len(password) > MAX_CHARACTERS * 4:
        password = ""
    try:
        with _hashing:
            return _hasher().verify(stored or _nobody(), _bytes(password)) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Whether it was hashed with weaker parameters than today's."""
    return _hasher().check_needs_rehash(stored)


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _bytes(password: str) -> bytes:
    return _normal(password).encode("utf-8", "surrogatepass")


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher(COST["time_cost"], COST["memory_cost"], COST["parallelism"])


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _hasher().hash("no account has this password")
