"""Signing in from a browser: a code that the provider sends back with it, changed for a token (OpenID Connect, 3.1)."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from metricgov.adapters.oidc.documents import asked, discovered, is_safe, unusable
from metricgov.domain.errors import Refused
from metricgov.ports.oidc import Leaving


class OidcCodeFlow:
    """Implements CodeFlow at the provider of an address, as one client; a public one has no secret."""

    def __init__(self, issuer: str, client: str, secret: str, scopes: str) -> None:
        self._issuer, self._client, self._secret = issuer, client, secret
        self._scopes = " ".join(one for one in scopes.split() if one != "offline_access")

    def address(self, leaving: Leaving) -> str:
        """Return where the browser is to go."""
        begin = discovered(self._issuer).get("authorization_endpoint")
        if not (isinstance(begin, str) and is_safe(begin)):
            raise unusable(self._issuer, "it gives no https address at which people sign in")
        digest = hashlib.sha256(leaving.verifier.encode()).digest()
        words = {
            "response_type": "code",
            "client_id": self._client,
            "redirect_uri": leaving.back,
            "scope": self._scopes,
            "state": leaving.state,
            "nonce": leaving.nonce,
            "code_challenge": urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return f"{begin}{'&' if '?' in begin else '?'}{urlencode(words)}"

    def token(self, leaving: Leaving, came: Mapping[str, str]) -> str:
        """Return the ID token for what the browser came back with; it is not looked at."""
        about = discovered(self._issuer)
        named = came.get("iss", "")  # RFC 9207: whoever answers says who they are
        if named != self._issuer and (named or about.get("authorization_response_iss_parameter_supported") is True):
            says = "this answer comes from another provider than the one that was asked"
            raise Refused("login_foreign", says, hint="sign in once more, from the page of this server")
        end = about.get("token_endpoint")
        if not isinstance(end, str):
            raise unusable(self._issuer, "it does not say where codes are changed for tokens")
        form = {
            "grant_type": "authorization_code",
            "code": came.get("code", ""),
            "redirect_uri": leaving.back,
            "client_id": self._client,
            "code_verifier": leaving.verifier,
        }
        ways = about.get("token_endpoint_auth_methods_supported")
        posted = isinstance(ways, list) and "client_secret_post" in ways and "client_secret_basic" not in ways
        if self._secret and posted:
            form["client_secret"] = self._secret
        status, said = asked(end, form, client=(self._client, self._secret) if self._secret and not posted else None)
        token = said.get("id_token")
        if status != 200 or not isinstance(token, str):
            raise _refused(self._issuer, said)
        return token


def _refused(issuer: str, said: Mapping[str, Any]) -> Refused:
    words = " ".join(str(said[name]) for name in ("error", "error_description") if said.get(name))
    shown = "".join(one if one.isprintable() else " " for one in words)[:300] or "no ID token"
    hint = "sign in once more; if that does not help, whoever runs the server looks at METRICGOV_OIDC_CLIENT_ID"
    return Refused("login_refused", f"{issuer} lets nobody sign in: {shown}", hint=hint)
