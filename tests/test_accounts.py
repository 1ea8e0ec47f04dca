"""Accounts: who gets in, who does not, what is kept of a secret, and that nobody learns which logins exist."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import pytest

from desks import Hands, open_desk, staff
from osler import audit
from osler.accounts import passwords, people, sessions, throttle
from osler.domain.account import CLOCK, OPERATOR, Account, Actor, Means, Role
from osler.errors import Refused, SignInRefused
from osler.review.store import Desk

GOOD = "seven quiet herons"
OTHER = "nine loud kestrels here"
HERE = "10.0.0.7"
REAL_COST = dict(passwords.COST)


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def desk(tmp_path: Path, clock: Hands) -> Desk:
    return open_desk(tmp_path, clock)


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The real algorithm with a small bill."""
    _forget_hasher()
    monkeypatch.setattr(passwords, "COST", {"time_cost": 1, "memory_cost": 64, "parallelism": 1})
    yield
    _forget_hasher()


def _forget_hasher() -> None:
    passwords._hasher.cache_clear()
    passwords._nobody.cache_clear()


def person(desk: Desk, login: str = "rea", roles: tuple[Role, ...] = (Role.REVIEWER,), password: str | None = GOOD) -> Account:
    return people.add_account(desk, OPERATOR, login, "Rea Viewer", roles, credentials="PharmD", password=password)


def signed_in(account: Account) -> Actor:
    return Actor(account.id, Means.PASSWORD)


def actions(desk: Desk) -> list[str]:
    with desk.reading() as connection:
        return [e.action for e in audit.entries(connection)]


# Passwords


def test_a_password_is_kept_as_argon2id_of_the_recommended_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "COST", REAL_COST)
    assert passwords.hash_password(GOOD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


@pytest.mark.parametrize(
    "password",
    ["", "short", "elevenchars", "password1234", "Password 1234", "aaaaaaaaaaaa", "ababababababab", "abcdefghijklm", "234567890123",
     "qwertyuiopas", "osler osler osler", "rea.viewer.rea", "viewer viewer 1", "reaviewer12", "x" * 201, "CorrectHorseBatteryStaple"],
)  # fmt: skip
def test_passwords_that_are_refused(password: str) -> None:
    with pytest.raises(Refused):
        passwords.check_new_password(password, "rea.viewer@example.org", "Rea Viewer")


@pytest.mark.parametrize(
    "password", [GOOD, "Viewer of seven herons", "żółw łódka ćma noc", "全ての道は薬局に通じるのです", "a1!b2?c3;d4:"]
)
def test_passwords_that_are_taken_without_rules_of_composition(password: str) -> None:
    passwords.check_new_password(password, "rea.viewer@example.org", "Rea Viewer")


def test_the_same_characters_in_another_encoding_are_the_same_password() -> None:
    assert passwords.matches(passwords.hash_password("seven pâtés at noon"), "seven pa\u0302te\u0301s at noon")
    assert not passwords.matches(passwords.hash_password(GOOD), GOOD + "x")
    assert not passwords.matches(None, "no account has this password")
    assert not passwords.matches("not a hash", GOOD)


def test_an_old_hash_is_renewed_at_sign_in(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    person(desk)
    _forget_hasher()
    monkeypatch.setattr(passwords, "COST", {"time_cost": 2, "memory_cost": 64, "parallelism": 1})
    sessions.sign_in(desk, "rea", GOOD, HERE)
    assert b"$m=64,t=2,p=1$" in desk.path.read_bytes()
    sessions.sign_in(desk, "rea", GOOD, HERE)


# Signing in


def test_a_session_is_its_persons_until_it_ends(desk: Desk, clock: Hands) -> None:
    account = person(desk)
    token = sessions.sign_in(desk, " REA ", GOOD, HERE)
    assert sessions.session_actor(desk, token) == (Actor(account.id, Means.PASSWORD), account)
    assert token.encode() not in desk.path.read_bytes()
    other = sessions.sign_in(desk, "rea", GOOD, HERE)
    sessions.sign_out(desk, other)
    sessions.session_actor(desk, token)
    clock.at += sessions.SESSION_LASTS
    for ended in (token, other, "", "x"):
        with pytest.raises(SignInRefused):
            sessions.session_actor(desk, ended)


ENDS: dict[str, Callable[[Desk], object]] = {
    "disabled": lambda d: people.set_active(d, OPERATOR, "rea", False),
    "new password": lambda d: people.set_password(d, OPERATOR, "rea", OTHER),
}


@pytest.mark.parametrize("end", ENDS)
def test_disabling_and_a_new_password_end_every_session(desk: Desk, end: str) -> None:
    person(desk)
    token = sessions.sign_in(desk, "rea", GOOD, HERE)
    ENDS[end](desk)
    with pytest.raises(SignInRefused):
        sessions.session_actor(desk, token)
    if end == "disabled":
        people.set_active(desk, OPERATOR, "rea", True)
        with pytest.raises(SignInRefused):
            sessions.session_actor(desk, token)


def test_every_wrong_sign_in_is_refused_in_the_same_words(desk: Desk) -> None:
    person(desk)
    person(desk, "gone")
    people.set_active(desk, OPERATOR, "gone", False)
    person(desk, "new", password=None)
    said = set()
    for login, password in (
        ("rea", OTHER),
        ("nobody", GOOD),
        ("gone", GOOD),
        ("new", ""),
        ("new", GOOD),
        ("", ""),
        ("u1", GOOD),
        ("\ud800", "\ud800"),
    ):
        with pytest.raises(SignInRefused) as error:
            sessions.sign_in(desk, login, password, HERE)
        said.add(str(error.value))
    assert len(said) == 1


def test_an_unknown_login_costs_a_hash_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    person(desk)
    seen: list[str | None] = []
    real = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda stored, password: (seen.append(stored), real(stored, password))[1])
    for login in ("rea", "nobody"):
        with pytest.raises(SignInRefused):
            sessions.sign_in(desk, login, OTHER, HERE)
    assert [s is None for s in seen] == [False, True]
    assert passwords._nobody().startswith("$argon2id$")


def test_tries_have_to_wait_longer_and_longer(desk: Desk, clock: Hands) -> None:
    person(desk)
    waits = []
    while len(waits) < 12:
        with pytest.raises(SignInRefused) as error:
            sessions.sign_in(desk, "rea", OTHER, f"10.0.0.{len(waits)}")
        if error.value.retry_after_s is not None:
            waits.append(error.value.retry_after_s)
            clock.at += timedelta(seconds=waits[-1])
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    sessions.sign_in(desk, "rea", GOOD, HERE)
    with pytest.raises(SignInRefused) as error:
        sessions.sign_in(desk, "rea", OTHER, HERE)
    assert error.value.retry_after_s is None, "a right password starts the count anew"


def test_the_right_password_waits_too(desk: Desk) -> None:
    person(desk)
    for _ in range(throttle.FREE_FAILURES["login"]):
        with pytest.raises(SignInRefused):
            sessions.sign_in(desk, "rea", OTHER, HERE)
    with pytest.raises(SignInRefused, match="wait"):
        sessions.sign_in(desk, "rea", GOOD, HERE)


def test_after_a_hundred_failures_in_a_row_only_a_new_password_opens(desk: Desk, clock: Hands) -> None:
    person(desk)
    for n in range(throttle.LOCKED_FAILURES):
        with pytest.raises(SignInRefused):
            sessions.sign_in(desk, "rea", OTHER, f"10.0.{n}.1")
        clock.at += timedelta(seconds=throttle.MAX_WAIT_S)
    clock.pass_days(30)
    with pytest.raises(SignInRefused, match="new password"):
        sessions.sign_in(desk, "rea", GOOD, HERE)
    sessions.use_password_link(desk, sessions.password_link(desk, OPERATOR, "rea"), OTHER)
    sessions.sign_in(desk, "rea", OTHER, HERE)


def test_one_address_that_tries_many_logins_waits_and_others_do_not(desk: Desk) -> None:
    person(desk)
    for n in range(throttle.FREE_FAILURES["address"]):
        with pytest.raises(SignInRefused, match="not right"):
            sessions.sign_in(desk, f"guess{n}", OTHER, "10.9.9.9")
    with pytest.raises(SignInRefused, match="wait"):
        sessions.sign_in(desk, "rea", GOOD, "10.9.9.9")
    sessions.sign_in(desk, "rea", GOOD, HERE)
    held = desk.path.read_bytes()
    assert b"10.9.9.9" not in held
    assert b"guess" not in held


def test_many_tries_at_once_do_not_slip_through(desk: Desk) -> None:
    person(desk)
    counted, lock = [0], threading.Lock()

    def guess() -> None:
        try:
            sessions.prove(desk, "rea", OTHER, HERE)
        except SignInRefused as error:
            with lock:
                counted[0] += "not right" in str(error)

    racers = [threading.Thread(target=guess) for _ in range(16)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert counted[0] == throttle.FREE_FAILURES["login"]


def test_a_bucket_lets_a_burst_through_and_then_a_trickle() -> None:
    now = [0.0]
    bucket = throttle.Bucket(per_minute=30, burst=3, remembered=2, clock=lambda: now[0])
    assert [bucket.take("a") for _ in range(4)] == [0, 0, 0, 2.0]
    assert bucket.take("b") == 0
    now[0] = 2.0
    assert [bucket.take("a") for _ in range(2)] == [0, 2.0]
    now[0] = 1e6
    assert [bucket.take("a") for _ in range(4)] == [0, 0, 0, 2.0]
    for key in "bcdefgh":
        bucket.take(key)
    assert len(bucket._held) == 2


# Forms, links, keys


def test_a_form_token_is_of_one_session_and_one_purpose() -> None:
    token = sessions.form_token("secret", "approve")
    sessions.check_form_token("secret", token, "approve")
    for session, given, purpose in (
        ("secret", token, "form"),
        ("other", token, "approve"),
        ("secret", "", "approve"),
        ("secret", "é\ud800", "approve"),
    ):
        with pytest.raises(SignInRefused):
            sessions.check_form_token(session, given, purpose)


def test_the_first_admin_comes_by_a_link_that_works_once(desk: Desk, clock: Hands) -> None:
    first = sessions.setup_link(desk)
    second = sessions.setup_link(desk)
    assert first is not None
    assert second is not None
    assert second.encode() not in desk.path.read_bytes()
    with pytest.raises(SignInRefused):
        sessions.use_setup_link(desk, first, "ada", "Ada Min", GOOD)
    with pytest.raises(Refused):
        sessions.use_setup_link(desk, second, "ada", "Ada Min", "short")
    made = sessions.use_setup_link(desk, second, "ada", "Ada Min", GOOD)
    assert made.roles == (Role.ADMIN,)
    assert sessions.setup_link(desk) is None
    with pytest.raises(SignInRefused):
        sessions.use_setup_link(desk, second, "eve", "Eve", OTHER)
    sessions.sign_in(desk, "ada", GOOD, HERE)
    assert [a.login for a in people.list_accounts(desk)] == ["ada"]


def test_a_setup_link_ends(desk: Desk, clock: Hands) -> None:
    link = sessions.setup_link(desk)
    clock.at += sessions.SETUP_LASTS
    with pytest.raises(SignInRefused):
        sessions.use_setup_link(desk, link or "", "ada", "Ada Min", GOOD)


def test_two_who_use_the_setup_link_at_once_make_one_admin(desk: Desk) -> None:
    link = sessions.setup_link(desk) or ""
    made = []

    def use(n: int) -> None:
        with suppress(SignInRefused):
            made.append(sessions.use_setup_link(desk, link, f"ada{n}", "Ada Min", GOOD))

    racers = [threading.Thread(target=use, args=(n,)) for n in range(8)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert len(made) == len(people.list_accounts(desk)) == 1


def test_a_password_link_works_once_and_survives_a_bad_choice(desk: Desk) -> None:
    person(desk, password=None)
    old, new = sessions.password_link(desk, OPERATOR, "rea"), sessions.password_link(desk, OPERATOR, "rea")
    with pytest.raises(Refused):
        sessions.use_password_link(desk, new, "short")
    assert sessions.use_password_link(desk, new, GOOD).login == "rea"
    for used in (old, new, ""):
        with pytest.raises(SignInRefused):
            sessions.use_password_link(desk, used, OTHER)
    sessions.sign_in(desk, "rea", GOOD, HERE)


def test_a_key_acts_for_its_person_until_it_is_revoked(desk: Desk, clock: Hands) -> None:
    account = person(desk)
    key = sessions.make_key(desk, signed_in(account), "ward  computer")
    assert sessions.key_actor(desk, key)[0] == Actor(account.id, Means.KEY)
    assert key.encode() not in desk.path.read_bytes()
    assert [(n, label) for n, label, _, _ in sessions.list_keys(desk, account.id)] == [(1, "ward computer")]
    with pytest.raises(Refused):
        sessions.make_key(desk, Actor(account.id, Means.KEY), "a key of a key")
    other = signed_in(person(desk, "rob"))
    with pytest.raises(Refused):
        sessions.revoke_key(desk, other, 1)
    sessions.revoke_key(desk, signed_in(account), 1)
    second = sessions.make_key(desk, signed_in(account), "again")
    people.set_active(desk, OPERATOR, "rea", False)
    people.set_active(desk, OPERATOR, "rea", True)
    third = sessions.make_key(desk, signed_in(account), "third")
    clock.at += sessions.KEY_LASTS
    for dead in (key, second, third, "osler_x"):
        with pytest.raises(SignInRefused):
            sessions.key_actor(desk, dead)


# People


FORBIDDEN: dict[str, Callable[[Desk, Actor], object]] = {
    "add": lambda d, by: people.add_account(d, by, "eve", "Eve", (Role.ADMIN,)),
    "roles": lambda d, by: people.set_roles(d, by, "rea", (Role.ADMIN,)),
    "disable": lambda d, by: people.set_active(d, by, "rea", False),
    "profile of another": lambda d, by: people.set_profile(d, by, "rea", "Changed", ""),
    "password of another": lambda d, by: people.set_password(d, by, "rea", OTHER),
    "link": lambda d, by: sessions.password_link(d, by, "rea"),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_only_admins_who_have_signed_in_change_accounts(desk: Desk, what: str) -> None:
    staffed = staff(desk)
    admin = staffed["adam"]
    people.set_password(desk, OPERATOR, "adam", GOOD)
    for by in (
        staffed["rob"],
        staffed["ed"],
        Actor(admin.account_id, Means.KEY),
        CLOCK,
        Actor("u99", Means.PASSWORD),
        Actor("operator", Means.PASSWORD),
    ):
        with pytest.raises(Refused):
            FORBIDDEN[what](desk, by)
    if "password" in what:
        with pytest.raises(Refused):
            FORBIDDEN[what](desk, admin)
    else:
        FORBIDDEN[what](desk, admin)


def test_the_last_admin_cannot_lock_everybody_out(desk: Desk) -> None:
    ada = signed_in(person(desk, "ada", (Role.ADMIN,)))
    for change in (lambda: people.set_active(desk, ada, "ada", False), lambda: people.set_roles(desk, ada, "ada", ())):
        with pytest.raises(Refused, match="last admin"):
            change()
    person(desk, "bea", (Role.ADMIN,))
    people.set_roles(desk, ada, "ada", (Role.REVIEWER,))
    assert people.get_account(desk, "ada").roles == (Role.REVIEWER,)


@pytest.mark.parametrize("login", ["", "a", "two words", "u7", "a/b", "-x", "x" * 81, "rea", "REA"])
def test_logins_that_are_refused(desk: Desk, login: str) -> None:
    person(desk)
    with pytest.raises(Refused):
        person(desk, login)


def test_nobody_declares_for_another_and_a_declaration_covers_36_months(desk: Desk, clock: Hands) -> None:
    account = person(desk)
    for by in (OPERATOR, CLOCK, Actor(account.id, Means.KEY)):
        with pytest.raises(Refused):
            people.disclose(desk, by, "")
    made = people.disclose(desk, signed_in(account), " Speaker fees,\n Acme 2025 ")
    assert (made.dated_on, made.covers_from, made.interests, made.has_interests) == (
        "2026-03-02",
        "2023-03-02",
        "Speaker fees, Acme 2025",
        True,
    )


@pytest.mark.parametrize(
    ("day", "before"),
    [(date(2026, 3, 2), date(2023, 3, 2)), (date(2024, 2, 29), date(2021, 2, 28)), (date(2026, 1, 31), date(2023, 1, 31))],
)
def test_36_months_before(day: date, before: date) -> None:
    assert people.months_before(day, 36) == before


def test_what_was_done_is_in_the_audit_without_names_or_secrets(desk: Desk, tmp_path: Path) -> None:
    account = person(desk, "rea.viewer")
    people.disclose(desk, signed_in(account), "Speaker fees")
    token = sessions.sign_in(desk, "rea.viewer", GOOD, HERE)
    sessions.sign_out(desk, token)
    assert actions(desk) == ["account.added", "account.disclosed", "session.opened", "session.closed"]
    with desk.reading() as connection:
        told = " ".join(str(e) for e in audit.entries(connection))
    for secret in ("rea.viewer", "Rea", "Speaker", GOOD, token, HERE):
        assert secret not in told


def test_the_file_is_its_owners_alone(desk: Desk) -> None:
    assert desk.path.stat().st_mode & 0o777 == 0o600
    assert desk.path.parent.stat().st_mode & 0o777 == 0o700
    assert (desk.path.parent / "audit.head").stat().st_mode & 0o777 == 0o600
