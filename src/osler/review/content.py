"""What is reviewed, as bytes: the article and its variants under their public title, without what belongs to the asker alone."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import replace

from osler.domain.article import Article, Review
from osler.domain.codec import decode, encode_lean
from osler.domain.review import Content
from osler.errors import LibraryDamaged, Refused

OLDEST_AGE = 90.0
"""Ages above 89 are shown as 90 or older. Source: 45 CFR 164.514(b)(2)(i)(C)."""


def public_form(article: Article, title: str) -> Article:
    """The article as it goes to the desk: the question's own words, the thread and an exact great age stay behind."""
    frame = article.question.frame
    age = frame.patient.age_years
    patient = replace(frame.patient, age_years=None if age is None else min(age, OLDEST_AGE))
    question = replace(article.question, text=title, thread=(), edits=(), frame=replace(frame, patient=patient))
    return replace(article, title=title, question=question, review=Review(), parent=None, changes=())


def pack(article: Article, variants: Sequence[Article]) -> tuple[bytes, str]:
    """Compressed bytes and the hash that approvals bind: SHA-256 of the canonical JSON of every field of every variant.

    Raises Refused when two variants are for one reader or come from different libraries.
    """
    variants = sorted(variants, key=lambda a: a.question.audience.value)
    value = {"article": encode_lean(article), "variants": [encode_lean(v) for v in variants]}
    data = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    digest = hashlib.sha256(data).hexdigest()
    try:
        Content(article, tuple(variants), digest)
    except ValueError as error:
        raise Refused(str(error)) from error
    return zlib.compress(data, 6), digest


def unpack(body: bytes, digest: str) -> Content:
    """Raises LibraryDamaged when the bytes are not those that were hashed."""
    try:
        data = zlib.decompress(body)
        if hashlib.sha256(data).hexdigest() != digest:
            raise ValueError("another hash")
        value = json.loads(data)
        return Content(decode(Article, value["article"]), tuple(decode(Article, v) for v in value["variants"]), digest)
    except (zlib.error, ValueError, TypeError, KeyError) as error:
        raise LibraryDamaged(
            "a text on the desk is not the one that was stored under its hash; `osler restore` a backup"
        ) from error


def cited_documents(content: Content) -> tuple[str, ...]:
    """Ids of every document that any variant refers to, sorted."""
    return tuple(sorted({r.document_id for a in (content.article, *content.variants) for r in a.references}))
