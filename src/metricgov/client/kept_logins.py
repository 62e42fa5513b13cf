"""What `metricgov login` keeps for each server, in a file that nobody else can read, and renews when it has ended."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from metricgov.adapters.oidc.documents import asked, is_safe
from metricgov.domain.errors import BadInput, Refused

__all__ = ["TOKEN_VARIABLE", "KeptToken", "Login", "Logins", "is_safe", "lifetime"]

TOKEN_VARIABLE: Final = "METRICGOV_TOKEN"  # noqa: S105 - the name of a variable
"""Holds the token by which one signs in; never an option, which others could read in the list of processes."""

FILE_NAME: Final = "logins.json"

EARLY: Final = 30.0
"""Seconds before its end in which a token is renewed already: it has to hold until it arrives."""

LIFETIME: Final = 300.0
"""Seconds that a token is taken to hold of which nobody says how long it does."""

LONGEST: Final = 31_536_000.0
"""Seconds after which a token is renewed whatever it says."""


@dataclass(frozen=True, slots=True)
class Login:
    """One sign-in: what is sent to the server until `ends` (seconds since 1970), and how to get the next one."""

    issuer: str
    client_id: str
    bearer: str
    token: str
    ends: float
    refresh: str = ""
    token_endpoint: str = ""
    revocation_endpoint: str = ""

    def given(self, said: Mapping[str, Any], *, url: str) -> Login:
        """Return the sign-in with what a provider has given; Refused where the token for the server is not in it."""
        token = said.get(self.bearer)
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            says = f"{self.issuer} gives no {self.bearer}"
            raise Refused("login_refused", says, hint=f"whoever runs {url} looks at METRICGOV_OIDC_SCOPES and _BEARER")
        refresh = said.get("refresh_token")
        return replace(
            self,
            token=token,
            ends=time.time() + lifetime(token, said),
            refresh=refresh if isinstance(refresh, str) else self.refresh,
        )


def lifetime(token: str, said: Mapping[str, Any]) -> float:
    """Return how many seconds a token holds: by its own claims, as far as it has any, else by what came with it.

    Both are spans, so it does not matter whether our clock is right.
    """
    from base64 import urlsafe_b64decode

    try:
        middle = token.split(".")[1]
        claims = json.loads(urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
        span = float(claims["exp"] - claims["iat"])
    except (ValueError, TypeError, KeyError, IndexError, OverflowError):
        told = said.get("expires_in")
        span = float(told) if isinstance(told, (int, float)) and 0 < told < LONGEST else LIFETIME
    return max(0.0, min(span, LONGEST))


class KeptToken:
    """The token of a server: what was kept for it, renewed when it has ended, "" where nobody signed in."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._login: Login | None = None

    def __call__(self) -> str:
        """Return a token that holds; Refused (`login_expired`) where none can be had any more."""
        login = self._login or Logins().of(self._url)
        if login is not None and _ended(login):
            login = _renewed(self._url)
        self._login = login
        return login.token if login is not None else ""


def _ended(login: Login) -> bool:
    return time.time() >= login.ends - EARLY


def _renewed(url: str) -> Login | None:
    """Get the next token, once for all processes: many providers take a refresh token a single time."""
    logins = Logins()
    with logins.alone():
        login = logins.of(url)
        if login is None or not _ended(login):
            return login
        status, said = 400, dict[str, Any]()
        if login.refresh:
            form = {"grant_type": "refresh_token", "refresh_token": login.refresh, "client_id": login.client_id}
            status, said = asked(login.token_endpoint, form)
        if status != 200:
            logins.drop(url)
            says = f"your sign-in at {url} has ended"
            raise Refused("login_expired", says, hint=f"metricgov login --server {url}")
        login = login.given(said, url=url)
        logins.put(url, login)
        return login


def _login(said: Mapping[str, Any]) -> Login:
    words = {one.name: str(said[one.name]) for one in fields(Login) if one.name != "ends"}
    return Login(ends=float(said["ends"]), **words)


class Logins:
    """The file of sign-ins, by server: `logins.json` in the user's folder for settings."""

    def __init__(self) -> None:
        home = os.environ.get("XDG_CONFIG_HOME") or str(Path(os.environ.get("HOME") or "~").expanduser() / ".config")
        self.path = Path(home) / "metricgov" / FILE_NAME

    def all(self) -> dict[str, Login]:
        """Return every sign-in; BadInput where the file cannot be used, or others could have."""
        try:
            with self.path.open(encoding="utf-8") as file:
                if os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077:
                    says = f"others on this machine can read {self.path}, which holds your sign-ins"
                    raise BadInput("logins_exposed", says, hint=f"rm {self.path} and log in anew")
                said = json.load(file)
            return {str(url): _login(one) for url, one in said["logins"].items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            says = f"{self.path} cannot be read: {error}"
            raise BadInput("bad_logins", says, hint=f"rm {self.path} and log in anew") from None

    def of(self, url: str) -> Login | None:
        """Return what is kept for a server."""
        return self.all().get(server_name(url))

    def put(self, url: str, login: Login) -> None:
        """Keep a sign-in in the place of the one before."""
        self._write({**self.all(), server_name(url): login})

    def drop(self, url: str) -> Login | None:
        """Forget a sign-in; return it."""
        kept = self.all()
        if (dropped := kept.pop(server_name(url), None)) is not None:
            self._write(kept)
        return dropped

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes from renewing meanwhile."""
        import fcntl

        with self._told():
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = self.path.with_suffix(".lock").open("a")
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, kept: Mapping[str, Login]) -> None:
        text = json.dumps({"format": 1, "logins": {url: asdict(one) for url, one in kept.items()}}, indent=1)
        with self._told():
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=".logins-")  # 0600 from the beginning
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(text)
                Path(name).replace(self.path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            says = f"{self.path} cannot be written: {error.strerror or error}"
            raise BadInput("bad_logins", says, hint="XDG_CONFIG_HOME can name another folder") from None


def server_name(url: str) -> str:
    """Return an address as sign-ins are kept by it: two ways to write one server are one."""
    parts = urlsplit(url)
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}{parts.path.rstrip('/')}"
