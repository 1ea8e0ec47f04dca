"""Provider: the OpenID Connect provider as Osler speaks to it: discovery, the code for a token, the token's proof. Needs `osler[oidc]`.

Sources: OpenID Connect Core 1.0 (3.1.3.7, what is checked of a token; 5.3, the UserInfo request) and Discovery 1.0 (4.3, the issuer);
RFC 7636 (PKCE); RFC 9207 (the issuer in the reply).
Nothing of a request, a token or a reply is logged; the reasons of refusals are words of this file.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc.errors import ClaimError, JoseError

from osler.errors import FetchError, SignInRefused
from osler.settings import Oidc, is_guarded_address
from osler.web.id_token import Keys, StrictJson, UnknownKey, decoded, is_for_signatures

CALLBACK = "/signin/oidc/callback"
TOTAL_S = 10.0
"""For one thing that is asked of the provider, from the name's look-up to the last byte: a person waits."""
MAX_BYTES = 256 << 10
"""Discovery documents and key sets have a few kilobytes."""
KEPT_S = 3600.0
"""How long discovery and keys are kept. A key that is not known is looked for at once."""
LEEWAY_S = 60
SCOPE = "openid email"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Person:
    """Who the provider says has signed in. email: one that it has verified."""

    issuer: str
    subject: str
    email: str | None


@dataclass(frozen=True, slots=True)
class _Discovered:
    authorize: str
    token: str
    keys: str
    userinfo: str | None
    auth_method: str
    names_itself: bool
    """It says in every reply to the browser which issuer it is (RFC 9207)."""


class Provider:
    """One a process. `now`: seconds since 1970; `monotonic`: for what is kept."""

    def __init__(self, oidc: Oidc, now: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._oidc, self._now, self._monotonic = oidc, now, monotonic
        self._tls = ssl.create_default_context()  # the system's authorities: a hospital may have its own
        self._discovered: tuple[float, _Discovered] | None = None
        self._keys: tuple[float, Keys] | None = None

    async def address(self, state: str, nonce: str, verifier: str, *, anew: bool = False) -> str:
        """Where the browser is sent to sign in; `anew`: even if somebody is signed in there. Raises FetchError."""
        async with self._client() as client:
            found = await self._discover(client)
            more = {"prompt": "login"} if anew else {}
            address, _ = client.create_authorization_url(found.authorize, state=state, code_verifier=verifier, nonce=nonce, **more)
        return str(address)

    async def person(self, code: str, nonce: str, verifier: str, issuer: str | None = None) -> Person:
        """Who came back with this code. issuer: who the reply said it was from.

        Raises SignInRefused for a reply that proves nothing; FetchError when the provider does not answer as one.
        """
        async with self._client() as client:
            found = await self._discover(client)
            if issuer not in (self._oidc.issuer, None) or (issuer is None and found.names_itself):
                raise SignInRefused("the reply is from another issuer")
            token = await self._exchange(client, found, code, verifier)
            claims = await self._proven(client, found, token, nonce)
            email = _verified_email(claims)
            if email is None and "email" not in claims and found.userinfo:
                email = await self._asked_email(client, found.userinfo, claims["sub"])
        return Person(self._oidc.issuer, claims["sub"], email)

    def _client(self) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self._oidc.client_id, self._oidc.client_secret, scope=SCOPE, redirect_uri=self._oidc.address + CALLBACK,
            code_challenge_method="S256", transport=_Bounded(self._tls), timeout=TOTAL_S, follow_redirects=False, trust_env=False,
        )  # fmt: skip

    async def _discover(self, client: AsyncOAuth2Client) -> _Discovered:
        kept, now = self._discovered, self._monotonic()
        if kept is None or now - kept[0] > KEPT_S:
            said = await _json(client, self._oidc.issuer.rstrip("/") + "/.well-known/openid-configuration")
            kept = self._discovered = (now, self._read(said))
        return kept[1]

    def _read(self, said: Mapping[str, Any]) -> _Discovered:
        if said.get("issuer") != self._oidc.issuer:
            raise FetchError("the provider's discovery document names another issuer than OSLER_OIDC_ISSUER")
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
        authorize, token, keys, userinfo = (self._endpoint(said.get(name), needed=name != names[3]) for name in names)
        pkce, ways = said.get("code_challenge_methods_supported"), said.get("token_endpoint_auth_methods_supported")
        if isinstance(pkce, list) and "S256" not in pkce:
            raise FetchError("the provider has no PKCE with S256")
        # In a form every secret arrives as it is; in a header its special characters are read one way here, another there.
        way = "client_secret_post" if isinstance(ways, list) and "client_secret_post" in ways else "client_secret_basic"
        names_itself = said.get("authorization_response_iss_parameter_supported") is True
        return _Discovered(authorize or "", token or "", keys or "", userinfo, way, names_itself)

    def _endpoint(self, said: object, *, needed: bool) -> str | None:
        """https, for http on this machine is for a provider on it alone."""
        if said is None and not needed:
            return None
        https = not self._oidc.issuer.startswith("http:")
        if not isinstance(said, str) or not is_guarded_address(said) or (https and not said.startswith("https:")) or "#" in said:
            raise FetchError("the provider's discovery document has an address that is missing or not https")
        return said

    async def _exchange(self, client: AsyncOAuth2Client, found: _Discovered, code: str, verifier: str) -> str:
        """The ID token for the code."""
        client.token_endpoint_auth_method = found.auth_method
        client.register_compliance_hook("access_token_response", _strictly_read)
        try:
            token = await _in_time(
                client.fetch_token(found.token, code=code, code_verifier=verifier, grant_type="authorization_code")
            )
        except AuthlibBaseError as error:  # what the provider says of it may hold anything
            raise SignInRefused("the provider did not take the code, or not Osler's client id and secret") from error
        held = token.get("id_token")
        if not isinstance(held, str) or held.count(".") != 2:
            raise SignInRefused("the provider gave no signed ID token")
        return held

    async def _proven(self, client: AsyncOAuth2Client, found: _Discovered, token: str, nonce: str) -> CodeIDToken:
        """What the token claims, when it is signed by the provider, for us, now, and for this very request."""
        try:
            try:
                read = decoded(token, await self._key_set(client, found, fresh=False))
            except UnknownKey:
                read = decoded(token, await self._key_set(client, found, fresh=True))
            options: Any = {
                "iss": {"essential": True, "value": self._oidc.issuer},
                "aud": {"essential": True, "value": self._oidc.client_id},
            }
            params = {"nonce": nonce, "client_id": self._oidc.client_id, "access_token": client.token.get("access_token")}
            claims = CodeIDToken(read.claims, read.header, options, params)
            claims.validate(int(self._now()), LEEWAY_S)
        except UnknownKey as error:
            raise SignInRefused("the ID token is signed with a key that the provider does not list") from error
        except ClaimError as error:
            raise SignInRefused(f"the ID token does not hold ({type(error).__name__}: {error.claim})") from error
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            raise SignInRefused(f"the ID token does not hold ({type(error).__name__})") from error
        return claims

    async def _key_set(self, client: AsyncOAuth2Client, found: _Discovered, *, fresh: bool) -> Keys:
        kept, now = self._keys, self._monotonic()
        if fresh or kept is None or now - kept[0] > KEPT_S:
            said = (await _json(client, found.keys)).get("keys")
            if not isinstance(said, list):
                raise FetchError("the provider's key set is none")
            kept = self._keys = (now, tuple(k for k in said if isinstance(k, dict) and is_for_signatures(k)))
        return kept[1]

    async def _asked_email(self, client: AsyncOAuth2Client, address: str, subject: str) -> str | None:
        """For providers whose tokens hold no addresses. None when it cannot be had: whoever is linked already needs none."""
        try:
            said = await _json(client, address, withhold_token=False)
        except (FetchError, AuthlibBaseError):
            return None
        if said.get("sub") != subject:
            raise SignInRefused("the UserInfo reply is of somebody else")
        return _verified_email(said)


def _verified_email(claims: Mapping[str, Any]) -> str | None:
    email = claims.get("email")
    return email if isinstance(email, str) and claims.get("email_verified") is True else None


async def _json(client: AsyncOAuth2Client, address: str, *, withhold_token: bool = True) -> Mapping[str, Any]:
    """The object that stands at an address. Raises FetchError for anything else, a redirect among it."""
    reply = await _in_time(client.request("GET", address, headers={"accept": "application/json"}, withhold_token=withhold_token))
    if reply.status_code != 200:
        raise FetchError(f"the provider answered {reply.status_code}", status=reply.status_code)
    try:
        said = json.loads(reply.content, cls=StrictJson)
    except (ValueError, RecursionError) as error:
        raise FetchError("the provider's answer is not JSON") from error
    if not isinstance(said, dict):
        raise FetchError("the provider's answer is no object")
    return said


def _strictly_read(reply: httpx2.Response) -> httpx2.Response:
    """For authlib, which reads it after this. Raises ValueError."""
    if reply.status_code == 200:
        json.loads(reply.content, cls=StrictJson)
    return reply


async def _in_time(asked: Awaitable[T]) -> T:
    """The answer, when it is whole in time: a deadline over everything, so that no drip outlasts it. Raises FetchError."""
    try:
        async with asyncio.timeout(TOTAL_S):
            return await asked
    except (TimeoutError, httpx2.TimeoutException) as error:
        raise FetchError("the provider did not answer in time", retryable=True) from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise FetchError("the provider could not be reached, or its answer was cut", retryable=True) from error
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise FetchError("the provider's answer is not what it should be") from error


class _Bounded(httpx2.AsyncBaseTransport):
    """Every answer is read whole here, up to a size, and never inflated."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._inner = httpx2.AsyncHTTPTransport(verify=tls, trust_env=False)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        request.headers["accept-encoding"] = "identity"
        reply = await self._inner.handle_async_request(request)
        try:
            if reply.headers.get("content-encoding", "identity") != "identity":
                raise FetchError("the provider's answer is packed, which was not asked for")
            body = b""
            async for piece in reply.aiter_raw():
                body += piece
                if len(body) > MAX_BYTES:
                    raise FetchError("the provider's answer is too long")
        finally:
            await reply.aclose()
        return httpx2.Response(reply.status_code, headers=reply.headers, content=body, request=request)

    async def aclose(self) -> None:
        await self._inner.aclose()
