"""How often somebody may try: signing in, by account and by address, kept in the desk; asking, by a bucket in memory.

Source: NIST SP 800-63B, rate limiting: failed attempts in a row on one account are limited to at most 100.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from osler.accounts.store import AccountsFile, attempts
from osler.errors import SignInRefused

FREE_FAILURES = {"login": 5, "address": 30}
"""Slips of the finger that cost nothing; then 2 s, doubled with each failure. A hospital may share one address."""
MAX_WAIT_S = 900
LOCKED_FAILURES = 100
"""In a row on one login: it opens again with a new password only."""
FORGOTTEN_AFTER = timedelta(days=1)
"""The failures of an address."""


def account_key(login: str) -> str:
    return _key("login", login.strip().casefold())


def address_key(address: str) -> str:
    return _key("address", address)


def _key(kind: str, value: str) -> str:
    """Neither logins that were only tried nor addresses are kept in plain."""
    return f"{kind}:{hashlib.sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def wait_s(key: str, failures: int) -> int:
    """How long this login or address waits after so many failures in a row, in seconds."""
    over = failures - FREE_FAILURES[key.partition(":")[0]]
    return 0 if over < 0 else min(MAX_WAIT_S, 2 ** min(over + 1, 20))


def count_attempt(desk: AccountsFile, login: str, address: str) -> None:
    """Count one attempt as failed before it is looked at, so that many at once cannot slip through; `forgive` takes it back.

    Raises SignInRefused when this login or address has to wait; that attempt is not counted.
    """
    now = desk.now()
    with desk.writing() as connection:
        held = {key: _held(connection, key, now) for key in (account_key(login), address_key(address))}
        until = max((u for _, u in held.values() if u), default="")
        if until > now.isoformat():
            raise SignInRefused("too many tries: wait", round((datetime.fromisoformat(until) - now).total_seconds()))
        if held[account_key(login)][0] >= LOCKED_FAILURES:
            raise SignInRefused("too many tries: this login opens again with a new password, by a one-time link")
        for key, (failures, _) in held.items():
            values = {
                "failures": failures + 1,
                "last_at": now.isoformat(),
                "until": (now + timedelta(seconds=wait_s(key, failures + 1))).isoformat(),
            }
            connection.execute(attempts.delete().where(attempts.c.key == key))
            connection.execute(attempts.insert().values(key=key, **values))


def forgive(connection: sa.Connection, login: str, address: str) -> None:
    """After a right password: the login starts anew, the address gets this one attempt back."""
    connection.execute(attempts.delete().where(attempts.c.key == account_key(login)))
    key = address_key(address)
    connection.execute(
        attempts.update().where(attempts.c.key == key, attempts.c.failures > 0).values(failures=attempts.c.failures - 1, until="")
    )


def _held(connection: sa.Connection, key: str, now: datetime) -> tuple[int, str]:
    row = connection.execute(sa.select(attempts).where(attempts.c.key == key)).one_or_none()
    if row is None or (key.startswith("address:") and datetime.fromisoformat(row.last_at) + FORGOTTEN_AFTER < now):
        return 0, ""
    return row.failures, row.until


class Bucket:
    """At most `burst` at once and `per_minute` on the whole, for each key (an account, or an address); safe among threads.

    Remembers the last `remembered` keys: somebody who comes with ever new ones fills no memory.
    """

    def __init__(
        self, per_minute: float, burst: int, remembered: int = 10_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_s, self._burst, self._remembered, self._clock = per_minute / 60, burst, remembered, clock
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str) -> float:
        """0 when it may go on; otherwise the seconds to wait, and nothing is taken."""
        now = self._clock()
        with self._lock:
            tokens, at = self._held.pop(key, (float(self._burst), now))
            tokens = min(float(self._burst), tokens + (now - at) * self._per_s)
            wait = 0.0 if tokens >= 1 else (1 - tokens) / self._per_s
            self._held[key] = (tokens if wait else tokens - 1, now)
            while len(self._held) > self._remembered:
                self._held.popitem(last=False)
        return wait

    def take_all(self, keys: Iterable[str]) -> float:
        """The longest wait of several keys."""
        return max((self.take(k) for k in keys), default=0.0)
