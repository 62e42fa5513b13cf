"""A desk at the other end of HTTP: the same questions, the same answers, the same refusals."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, cast
from urllib.parse import quote

from metricgov.client.events import events
from metricgov.client.following import follow
from metricgov.client.kept_logins import TOKEN_VARIABLE, KeptToken
from metricgov.desk import wire
from metricgov.desk.asked import Desk, Progress, silent
from metricgov.desk.asked_past import NOW
from metricgov.desk.problems import error_of
from metricgov.desk.resources import RESOURCES, VERSION, Resource
from metricgov.domain.errors import MetricgovError, Undecidable

if TYPE_CHECKING:
    import httpx

    from metricgov.domain.happenings import Happening

PAGE: Final = 1000
"""Items asked for at once of lists that go on."""

PATIENCE: Final = 60.0
"""Seconds without a byte from the server after which it is taken for gone; long questions say something sooner."""

TRIES: Final = 3
"""Times that a question is sent where no answer came: repeats are safe, commands carry a key that makes them so."""

_BY_QUESTION: Final = {one.question: one for one in RESOURCES if not one.deed}
_BY_DEED: Final = {one.deed: one for one in RESOURCES if one.deed}


class Served(Desk, Protocol):
    """A desk at a server, which can also be followed."""

    def live(self, *, change: str = "", person: str = "", after: int = NOW) -> Iterator[Happening]:
        """Yield what happens from now on, or after a position; of one change or by one person, where they are named.

        It goes on for ever, through connections that end: nothing is missed and nothing comes twice. What the server
        refuses is raised.
        """
        ...

    def close(self) -> None:
        """Let the connection go."""
        ...


def connect(url: str, token: str = "", *, http: httpx.Client | None = None) -> Served:
    """Return the desk of a server, for whoever the token names; nothing is asked yet.

    `url` is where the server stands (`https://metrics.example.com`), `http` another client to send with. What the
    server refuses is raised as the desk there raised it; a server that does not answer is Undecidable
    (`server_unreachable`). Without a token it is that of METRICGOV_TOKEN, else what `metricgov login` has kept for
    this server, else nobody's.
    """
    return cast("Served", RemoteDesk(url, token or os.environ.get(TOKEN_VARIABLE, "") or KeptToken(url), http=http))


class RemoteDesk:
    """Implements Desk over HTTP; its methods are made from the table of resources."""

    def __init__(self, url: str, token: str | Callable[[], str] = "", *, http: httpx.Client | None = None) -> None:
        import httpx

        self.url = url.rstrip("/")
        self._http = http or httpx.Client(timeout=httpx.Timeout(PATIENCE, connect=10.0), follow_redirects=False)
        self._token = token

    def close(self) -> None:
        """Let the connection go."""
        self._http.close()

    def how_to_sign_in(self) -> Mapping[str, Any]:
        """Return what the server says to those who are not signed in yet."""
        said: Mapping[str, Any] = json.loads(self._send("GET", f"/{VERSION}/sign-in").content)
        return said

    def live(self, *, change: str = "", person: str = "", after: int = NOW) -> Iterator[Happening]:
        """Yield what happens from now on, or after a position, through connections that end."""
        asked = {"change": change, "person": person, "after": after}
        return follow(self._http, self.url, self._headers, _refusal, **asked)

    def _ask(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        question = wire.questions()[name]
        progress = kwargs.pop("progress", silent)
        given = dict(zip(question.takes, args, strict=False)) | kwargs
        resource = _BY_DEED[given["deed"].name] if name == "do" else _BY_QUESTION[name]
        path, left = _path(resource, given)
        if resource.method != "GET":
            return self._command(resource, path, left, progress)
        query = _query(left)
        if resource.apart and progress is not silent:
            return self._followed(resource, "GET", path, {"params": query}, progress)
        if resource.key:
            return self._pages(resource, path, query)
        return wire.from_json(question.gives, self._send("GET", path, params=query).content)

    def _pages(self, resource: Resource, path: str, query: list[tuple[str, str]]) -> Any:
        items: list[Any] = []
        cursor = ""
        while True:
            page = [*query, ("limit", str(PAGE)), ("cursor", cursor)]
            answer = json.loads(self._send("GET", path, params=page).content)
            items += answer["items"]
            cursor = answer["next"]
            if not cursor:
                return wire.from_json(wire.questions()[resource.question].gives, json.dumps(items))

    def _command(self, resource: Resource, path: str, left: Mapping[str, Any], progress: Progress) -> Any:
        question = wire.questions()[resource.question]
        body: dict[str, Any] = {}
        for name, value in left.items():
            data = wire.adapter(question.takes[name][0]).dump_python(value, mode="json")
            body |= {key: held for key, held in data.items() if key != "name"} if resource.deed else {name: data}
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        if resource.apart and progress is not silent:
            return self._followed(resource, resource.method, path, {"json": body, "headers": headers}, progress)
        answer = self._send(resource.method, path, json=body, headers=headers)
        return wire.from_json(question.gives, answer.content)

    def _followed(self, resource: Resource, method: str, path: str, sent: dict[str, Any], progress: Progress) -> Any:
        """Ask a long question and tell how far it is; whatever ends this ends it at the server too."""
        import httpx

        headers = {**self._headers(), **sent.pop("headers", {}), "Accept": "text/event-stream"}
        try:
            with self._http.stream(method, self.url + path, headers=headers, **sent) as answer:
                if answer.status_code >= 400:
                    answer.read()
                    raise _refusal(answer)
                for event, data, _ in events(answer.iter_lines()):
                    if event == "progress":
                        told = json.loads(data)
                        progress(told["what"], told["done"], told["total"])
                    elif event == "problem":
                        raise error_of(json.loads(data))
                    elif event == "answer":
                        return wire.from_json(wire.questions()[resource.question].gives, data)
        except httpx.HTTPError as error:
            raise self._gone(error) from None
        raise Undecidable("server_gone", "the server ended in the middle of this", hint="do it once more")

    def _send(self, method: str, path: str, **sent: Any) -> httpx.Response:
        import httpx

        headers = {**self._headers(), **sent.pop("headers", {}), "Accept": "application/json"}
        for tried in range(1, TRIES + 1):
            try:
                answer = self._http.request(method, self.url + path, headers=headers, **sent)
            except httpx.HTTPError as error:
                if tried == TRIES:
                    raise self._gone(error) from None
            else:
                if answer.status_code < 400:
                    return answer
                if answer.status_code not in (502, 503, 504) or tried == TRIES:
                    raise _refusal(answer)
            time.sleep(0.2 * 4 ** (tried - 1))
        raise AssertionError("the last try returns or raises")

    def _headers(self) -> dict[str, str]:
        token = self._token if isinstance(self._token, str) else self._token()
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _gone(self, error: Exception) -> Undecidable:
        return Undecidable(
            "server_unreachable",
            f"{self.url} does not answer: {str(error) or type(error).__name__}",
            hint="is the address right, and the server up? curl " + self.url + "/health",
        )


def _method(name: str) -> Callable[..., Any]:
    def ask(self: RemoteDesk, *args: Any, **kwargs: Any) -> Any:
        return self._ask(name, args, kwargs)

    ask.__name__ = name
    return ask


for _name in wire.questions():
    setattr(RemoteDesk, _name, _method(_name))


def _path(resource: Resource, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    path, left = f"/{VERSION}{resource.path}", {}
    for name, value in given.items():
        if f"{{{name}}}" in path:
            path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
        else:
            left[name] = value
    return path, left


def _query(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return arguments as words of a URL: fields of a value one by one, tuples repeated, truth as true or false."""
    found: list[tuple[str, str]] = []
    for name, value in given.items():
        if is_dataclass(value) and not isinstance(value, type):
            found += _query({field.name: getattr(value, field.name) for field in fields(value)})
        elif isinstance(value, (tuple, list)):
            found += [(name, _word(one)) for one in value]
        elif value is not None:
            found.append((name, _word(value)))
    return found


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(getattr(value, "value", value))


def _refusal(answer: httpx.Response) -> MetricgovError:
    try:
        problem = answer.json()
    except ValueError:
        problem = None
    if isinstance(problem, dict) and "code" in problem:
        return error_of(problem)
    says = f"{answer.request.url} answered {answer.status_code}, and not as a metricgov server does"
    return Undecidable("not_metricgov", says, hint="is this the address of the server, and nothing in between?")
