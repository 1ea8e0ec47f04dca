"""Serving: the knobs of the server, beside those of the library."""

from __future__ import annotations

from dataclasses import dataclass

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
MAX_BODY_BYTES = 64 << 10
"""Of one request: a question has at most 4,000 characters and a thread 30 of them."""

MAX_UPLOAD_BYTES = 100 << 20
"""Of one upload, all its files together: a guideline of 500 pages has about 5 MB. What is larger is added where the library is."""
UPLOAD_PATH = "/library/upload"

MAX_API_BODY_BYTES = 1 << 20
"""Of one request to the API: fifty claims with their passages."""


@dataclass(frozen=True, slots=True)
class Serving:
    """How pages are served.

    hosts: names the server answers to, without port; any other `Host` is refused, which stops DNS rebinding.
    secure: it is reached over TLS, so cookies never travel without it. patients: the operator offers answers to patients.
    demo: a few questions are answered at the start, and everybody may read those articles.
    workers: questions answered at one time, each in its own process when `processes` is set; waiting: questions that may wait for one, beyond which the reply is 503;
    anonymous: questions may be asked without an account; anonymous_hours: how long what was asked so is kept at most.
    per_minute: questions of one reader, or of all readers without an account from one address eight times as many, beyond which it is 429.
    at_once: questions of one reader that may be under way, beyond which it is 429. kept: articles of all readers together.
    open_uploads: whoever reads may also add files, without an account: for a demonstration; else editors and admins may.
    api_per_minute: requests of one key, a third of them at once. keyless: programs of this machine need no key as long as none was made.
    """

    hosts: tuple[str, ...] = LOOPBACK
    secure: bool = False
    patients: bool = False
    demo: bool = False
    workers: int = 2
    processes: bool = False
    waiting: int = 24
    at_once: int = 4
    kept: int = 1_000
    anonymous: bool = True
    anonymous_hours: int = 24
    per_minute: int = 40
    max_body_bytes: int = MAX_BODY_BYTES
    max_api_body_bytes: int = MAX_API_BODY_BYTES
    api_per_minute: int = 120
    keyless: bool = True
    open_uploads: bool = False
    max_upload_bytes: int = MAX_UPLOAD_BYTES
