"""`metricgov tui --web`: for the browser on this machine that has the address, and for nobody else."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

import aiohttp
import pytest

from tui.web.browser import browser, missing


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


@pytest.fixture
def address(registry: Path, home: Path) -> Iterator[str]:
    """The address that the command prints; the server is stopped with Ctrl-C afterwards, and ends."""
    server = subprocess.Popen(
        [sys.executable, "-c", "from metricgov.cli.main import entry; entry()", "tui", "--web"],
        cwd=registry, env={**os.environ, "XDG_STATE_HOME": str(home)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert server.stdout is not None
    line = server.stdout.readline().strip()
    assert line.startswith("http://127.0.0.1:"), server.stderr
    yield line
    server.send_signal(signal.SIGINT)
    assert server.wait(timeout=20) in (0, 130)


def _asked(address: str, **headers: str) -> tuple[int, dict[str, str], str]:
    request = Request(address, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with build_opener(_Stay).open(request, timeout=20) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except HTTPError as error:
        return error.code, dict(error.headers), error.read().decode()


def test_who_may_see_it(address: str) -> None:
    """The key, the name and the page that asks are checked, on every path."""
    bare = address.partition("?")[0]
    assert _asked(bare)[0] == 403
    assert _asked(bare + "?key=guessed")[0] == 403
    assert _asked(bare + "ws")[0] == 403
    assert _asked(bare + "static/js/textual.js")[0] == 403
    assert _asked(address, Host="evil.example")[0] == 403
    assert _asked(address, Origin="http://evil.example")[0] == 403
    code, headers, _ = _asked(address)
    assert code == 302
    cookie = headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    code, headers, page = _asked(bare, Cookie=cookie.partition(";")[0])
    assert code == 200
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "https://" not in page


def test_the_socket_is_for_its_own_page(address: str) -> None:
    """Another page's script cannot open the terminal, even in the same browser; its own shows the inbox."""
    bare = address.partition("?")[0]
    cookie = _asked(address)[1]["Set-Cookie"].partition(";")[0]

    async def opened(origin: str | None) -> str:
        headers = {"Cookie": cookie} | ({"Origin": origin} if origin else {})
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{bare}ws?width=80&height=24", headers=headers) as socket,
        ):
            seen = b""
            until = time.monotonic() + 40
            while time.monotonic() < until and b"Inbox" not in seen:
                said = await asyncio.wait_for(socket.receive(), 40)
                seen += said.data if isinstance(said.data, bytes) else str(said.data).encode()
            return seen.decode(errors="replace")

    for origin in (None, "http://evil.example"):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            asyncio.run(opened(origin))
    assert "Inbox" in asyncio.run(opened(bare.rstrip("/")))


@pytest.mark.skipif(bool(missing()), reason=missing())
def test_in_a_browser(address: str, tmp_path: Path) -> None:
    """Chromium opens it, draws a terminal, and asks nobody else for anything."""

    async def look() -> None:
        async with browser(tmp_path / "profile") as page:
            await page.open(address)
            for _ in range(60):
                if await page.value("document.body.classList.contains('-first-byte')"):
                    break
                await asyncio.sleep(0.5)
            else:
                raise AssertionError("the terminal stayed empty")
            blank = len(await page.picture())
            await page.type("5")
            await asyncio.sleep(2)
            assert len(await page.picture()) > 8_000 or blank > 8_000
            here = address.partition("?")[0]
            assert all(one.startswith((here, "data:", "blob:")) for one in page.requests), page.requests

    asyncio.run(look())


def test_a_taken_port_is_named(address: str, registry: Path) -> None:
    """The error names the port and the way on."""
    port = address.partition("?")[0].rstrip("/").rpartition(":")[2]
    done = subprocess.run(
        [sys.executable, "-c", "from metricgov.cli.main import entry; entry()", "tui", "--web", "--port", port],
        cwd=registry, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert f"port {port} cannot be used here" in done.stderr
    assert "Traceback" not in done.stderr
