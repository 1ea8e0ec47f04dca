"""The tables of the review desk, in the desk's file."""

from __future__ import annotations

from typing import ClassVar

import sqlalchemy as sa

from osler.accounts import store as accounts_store
from osler.accounts.store import AccountsFile
from osler.settings import Settings

metadata = sa.MetaData()
cases = sa.Table(
    "review_cases",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("answer_id", sa.Text, nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("content_hash", sa.Text, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("slug", sa.Text, unique=True),
    sa.Column("published_version", sa.Integer),
    sa.Column("published_title", sa.Text),
    sa.Column("published_at", sa.Text),
    sa.Column("submitted_at", sa.Text),
    sa.Column("updated_at", sa.Text, nullable=False),
    sa.Column("due_on", sa.Text),
    sa.Column("expires_on", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("superseded_by", sa.Text),
    sa.Column("erased", sa.Boolean, nullable=False),
)
"""One row an article. The slug is given once, at publication, and never changes or goes.
answer_id: of the stored answer that it came from, so that erasing that one reaches this."""
versions = sa.Table(
    "review_versions",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("steps", sa.Text, nullable=False),
    sa.Column("audiences", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
"""Every text, compressed; `hash` is over what it unpacks to. An erased one has an empty body."""
citations = sa.Table(
    "review_citations",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("document_id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("since", sa.Text),
)
"""Which documents a text cites, in the version and standing that its references give."""
assignments = sa.Table(
    "review_assignments",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("reviewer", sa.Text, primary_key=True),
    sa.Column("assigned_by", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("recused_at", sa.Text),
)
approvals = sa.Table(
    "review_approvals",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False, index=True),
    sa.Column("reviewer", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("content_hash", sa.Text, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("disclosure_id", sa.Integer, nullable=False),
    sa.Column("revoked_at", sa.Text),
)
releases = sa.Table(
    "review_releases",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("content_hash", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("quorum", sa.Integer, nullable=False),
    sa.Column("approvals", sa.Text, nullable=False),
)
"""Each text that readers were given, with the ids of the approvals that it was released on."""
threads = sa.Table(
    "review_threads",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("claim_id", sa.Text),
    sa.Column("opened_by", sa.Text, nullable=False),
    sa.Column("opened_at", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("closed_by", sa.Text),
)
comments = sa.Table(
    "review_comments",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("thread_id", sa.Integer, nullable=False, index=True),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)
log = sa.Table(
    "review_log",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False, index=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)
"""What the public is told of an article's life."""
flags = sa.Table(
    "review_flags",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False, index=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("document_id", sa.Text),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
)
"""What spoke against which text of an article; the same is not flagged twice."""
policy = sa.Table(
    "review_policy",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Integer, nullable=False),
)
"""What differs from the default policy."""


class Desk(AccountsFile):
    """The desk's file with everything in it: accounts, audit, reviews."""

    tables: ClassVar[tuple[sa.MetaData, ...]] = (accounts_store.metadata, metadata)


def open_desk(settings: Settings) -> Desk:
    """The desk beside the library, made on first use. Raises LibraryError."""
    return Desk(settings.home, heads=() if settings.audit_head is None else (settings.audit_head,))
