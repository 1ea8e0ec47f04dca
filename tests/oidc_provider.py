"""A provider of sign-in (OpenID Connect) on loopback that does as it is told, however badly, and keeps what it gave out."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import RSAKey

from lying_server import Asked, LyingServer, Script, as_json

CLIENT, SECRET = "osler-here", "s3cret-of-the-client+%/"


@lru_cache(maxsize=3)
def rsa(kid: str) -> RSAKey:
    """Made once a run: making one takes long."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}, auto_kid=False)


class FakeProvider:
    """Tests change `discovery`, `claims`, `header`, `keys`, `scripts` (path -> what is answered instead) before a sign-in."""

    def __init__(self, server: LyingServer) -> None:
        self.issuer = f"http://127.0.0.1:{server.port}"
        self.server = server.plays(self._answer)
        self.claims: dict[str, Any] = {"sub": "s-1", "email": "ada@example.org", "email_verified": True}
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "one"}
        self.signing: RSAKey | bytes = rsa("one")
        self.keys: list[RSAKey] = [rsa("one")]
        self.scripts: dict[str, Script] = {}
        self.userinfo: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.given: list[str] = []
        self.discovery: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def asked(self, path: str) -> list[Asked]:
        return [a for a in self.server.asked if a.path == path]

    def authorize(self, location: str) -> dict[str, str]:
        """What the person's browser brings back once they have signed in there."""
        assert location.startswith(self.discovery["authorization_endpoint"] + "?")
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["client_id"] == CLIENT
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        self.given += [code, asked["state"], asked["nonce"]]
        return {"code": code, "state": asked["state"]}

    def _answer(self, asked: Asked) -> Script:
        if asked.path in self.scripts:
            return self.scripts[asked.path]
        if asked.path == "/.well-known/openid-configuration":
            return as_json(self.discovery)
        if asked.path == "/keys":
            return as_json({"keys": [k.as_dict(private=False) for k in self.keys]})
        if asked.path == "/token":
            return self._token(asked)
        if asked.path == "/userinfo" and asked.headers.get("authorization", "")[7:] in self.given:
            return as_json(self.userinfo)
        return as_json({"error": "unknown"}, 404)

    def _token(self, asked: Asked) -> bytes:
        begun = self.codes.pop(asked.params.get("code", ""), None)  # a code is good once
        challenge = base64.urlsafe_b64encode(hashlib.sha256(asked.params.get("code_verifier", "").encode()).digest())
        is_client = asked.params.get("client_id") == CLIENT and asked.params.get("client_secret") == SECRET
        if begun is None or not is_client or challenge.decode().rstrip("=") != begun["code_challenge"]:
            return as_json({"error": "invalid_grant", "error_description": "<b>no</b>"}, 400)
        if asked.params.get("redirect_uri") != begun["redirect_uri"]:
            return as_json({"error": "invalid_grant"}, 400)
        access = secrets.token_urlsafe(16)
        token = self.id_token(begun["nonce"])
        self.given += [access, token, asked.params["code_verifier"]]
        return as_json({"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": token})

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        usual = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce}
        claims = {name: value for name, value in {**usual, **self.claims}.items() if value is not None}
        text = f"{_packed(json.dumps(self.header).encode())}.{_packed(json.dumps(claims).encode())}"
        return f"{text}.{_packed(self._signature(text.encode()))}"

    def _signature(self, text: bytes) -> bytes:
        """By hand, for no library signs what must not be signed."""
        if self.header["alg"] == "none":
            return b""
        if isinstance(self.signing, bytes):
            return hmac.digest(self.signing, text, "sha256")
        return self.signing.private_key.sign(text, PKCS1v15(), SHA256())  # type: ignore[union-attr]


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
