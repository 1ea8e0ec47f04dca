"""ID tokens: which signatures and keys are taken, and what a token says once its signature holds. Needs `osler[oidc]`.

Sources: RFC 8725, 3.1 and 3.2 (algorithms are named beforehand, never taken from the token); RFC 7518, 3.3 (2,048 bits).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from joserfc import jwt
from joserfc.jwk import JWKRegistry, Key
from joserfc.jws import JWSRegistry

ALGORITHMS = {f"{name}{bits}": kind for name, kind in (("RS", "RSA"), ("PS", "RSA"), ("ES", "EC")) for bits in (256, 384, 512)}
"""Algorithm -> kind of its key. Public keys alone: a shared secret (HS256) or no signature (none) proves nothing here."""
MIN_MODULUS_CHARACTERS = 342
"""Of an RSA key, in base64url: 2,048 bits."""

Keys = tuple[Mapping[str, Any], ...]
"""Of a key set, as it came."""


class UnknownKey(Exception):
    """The token names a key that is not among those that are known."""


def is_for_signatures(key: Mapping[str, Any]) -> bool:
    """Never a shared secret ("oct"), a key for encryption, or an RSA key that is too short."""
    if key.get("kty") == "RSA" and not (isinstance(key.get("n"), str) and len(key["n"]) >= MIN_MODULUS_CHARACTERS):
        return False
    return key.get("kty") in ALGORITHMS.values() and key.get("use") in (None, "sig")


def decoded(token: str, keys: Keys) -> jwt.Token:
    """Header and claims. Raises UnknownKey; JoseError for another algorithm or a signature that does not hold; ValueError."""
    registry = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
    return jwt.decode(token, lambda signed: _key(signed.headers(), keys), registry=registry, decoder_cls=StrictJson)


def _key(header: Mapping[str, Any], keys: Keys) -> Key:
    algorithm, kid = header.get("alg", ""), header.get("kid")
    fit = [k for k in keys if k["kty"] == ALGORITHMS.get(algorithm) and k.get("alg") in (None, algorithm)]
    named = [k for k in fit if kid is None or k.get("kid") == kid]
    if len(named) != 1:  # without a name only a key that stands alone is meant
        raise UnknownKey
    return JWKRegistry.import_key(dict(named[0]))


class StrictJson(json.JSONDecoder):
    """JSON in which no key stands twice and every number is one."""

    def __init__(self) -> None:
        super().__init__(object_pairs_hook=_once, parse_constant=_no_number)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_number(_: str) -> NoReturn:
    raise ValueError("no number")
