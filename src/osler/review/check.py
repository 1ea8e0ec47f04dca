"""Whether the desk says what its audit says: states, texts and signatures, each against the rows that record them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from osler import audit
from osler.domain.article import ReviewState
from osler.domain.review import Case
from osler.errors import LibraryDamaged, Refused
from osler.review import rows, store
from osler.review.states import PUBLIC
from osler.review.store import Desk


def faults_of(desk: Desk) -> tuple[str, ...]:
    """In words, empty when every case is as the audit records it. The audit itself is verified by `audit.verify`."""
    with desk.reading() as connection:
        told: dict[str, list[tuple[audit.Entry, dict[str, Any]]]] = {}
        for entry in audit.entries(connection):
            if entry.action.startswith("review."):
                told.setdefault(entry.object, []).append((entry, json.loads(entry.detail)))
        found = []
        for case in rows.cases_in(connection, tuple(ReviewState)):
            found += [f"{case.id}: {fault}" for fault in _case_faults(connection, case, told.pop(case.id, []))]
        found += [f"{case_id}: the audit knows it, the desk does not" for case_id in sorted(told)]
    return tuple(found)


def _case_faults(connection: sa.Connection, case: Case, told: list[tuple[audit.Entry, dict[str, Any]]]) -> Iterator[str]:
    steps = [(e, d) for e, d in told if "to" in d]
    if not steps:
        yield "the audit does not know it"
        return
    last = steps[-1][1]
    state = case.state.value
    for what, ours, theirs in (
        ("state", state, last["to"]), ("version", case.version, last["version"]), ("text", case.content_hash, last["hash"]),
        ("round", case.round, last["round"]),
    ):  # fmt: skip
        if ours != theirs:
            yield f"its {what} is {ours}, the audit says {theirs}"
    approvals = rows.approvals_of(connection, case.id)
    standing = sum(a.revoked_at is None for a in approvals)
    if standing != last["signatures"]:
        yield f"{standing} signatures stand, the audit says {last['signatures']}"
    signed = {(e.actor, d["hash"], d["round"]) for e, d in steps if e.action == "review.sign"}
    for approval in approvals:
        if (approval.reviewer, approval.content_hash, approval.round) not in signed:
            yield f"the audit knows no signature {approval.id} of {approval.reviewer}"
    known = {d["version"]: d["hash"] for _, d in steps}
    for version in rows.versions_of(connection, case.id):
        if known.get(version.number) != version.hash:
            yield f"version {version.number} is another text than the audit says"
        if not case.erased:
            try:
                rows.content_of(connection, case.id, version.number)
            except (LibraryDamaged, Refused) as error:
                yield f"version {version.number}: {error}"
    yield from _public_faults(connection, case, steps)


def _public_faults(connection: sa.Connection, case: Case, steps: list[tuple[audit.Entry, dict[str, Any]]]) -> Iterator[str]:
    released = [d for e, d in steps if e.action in ("review.publish", "review.reaffirm", "review.correct")]
    wanted = released[-1]["version"] if released else None
    if case.published_version != wanted:
        yield f"readers see version {case.published_version}, the audit says {wanted}"
    if (case.state in PUBLIC) != (case.slug is not None):
        yield f"it is {case.state.value}, and its address is {case.slug}"
    r = store.releases
    held = [(x.version, x.content_hash) for x in connection.execute(sa.select(r).where(r.c.case_id == case.id).order_by(r.c.id))]
    if held != [(d["version"], d["hash"]) for d in released]:
        yield "its releases are not those of the audit"
