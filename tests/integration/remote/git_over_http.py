"""git over HTTP on loopback: `git http-backend` behind a small server that can misbehave as real ones do."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass
class Moods:
    """How the server behaves from now on.

    Nobody answers while it is `away`. `drop_answers` counts pushes that are carried out and never answered;
    `before_push` is called when a pack has arrived, before git takes it; `hang` lets a push wait for that event;
    `said` lists what was asked.
    """

    closed: bool = False
    away: bool = False
    drop_answers: int = 0
    hang: threading.Event | None = None
    before_push: Any = None
    reached: threading.Event = field(default_factory=threading.Event)
    said: list[str] = field(default_factory=list)


@dataclass
class Served:
    """A folder of bare repositories under `url`."""

    url: str
    moods: Moods


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """Serve a folder until the end of the block."""
    moods = Moods()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

        def do_GET(self) -> None:
            self._serve(b"")

        def do_POST(self) -> None:
            if self.headers.get("Transfer-Encoding") == "chunked":
                body = b""
                while size := int(self.rfile.readline().strip() or b"0", 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
            else:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._serve(body)

        def _serve(self, body: bytes) -> None:
            path, _, query = self.path.partition("?")
            if moods.away:
                self.close_connection = True
                return
            pushes = path.endswith("/git-receive-pack") and len(body) > 4
            moods.said.append(path.rsplit("/", 1)[1] + ("?" + query if query else ""))
            if moods.closed:
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="metricgov"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            if pushes and moods.before_push is not None:
                moods.before_push()
            if pushes and moods.hang is not None:
                moods.reached.set()
                moods.hang.wait(60)
            answer = self._backend(path, query, body)
            if pushes and moods.drop_answers:
                moods.drop_answers -= 1
                self.close_connection = True
                return
            head, _, rest = answer.partition(b"\r\n\r\n")
            lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
            self.send_response(int(lines.pop("Status", "200").split()[0]))
            for name, value in lines.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(rest)))
            self.end_headers()
            self.wfile.write(rest)

        def _backend(self, path: str, query: str, body: bytes) -> bytes:
            env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")} | {
                "GIT_PROJECT_ROOT": str(folder),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_CONFIG_GLOBAL": "/dev/null",
                "REMOTE_USER": "somebody",
                "REMOTE_ADDR": "127.0.0.1",
                "REQUEST_METHOD": self.command,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            }
            done = subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True, check=False)
            return done.stdout

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that left is no news."""

    server = Quiet(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Served(f"http://127.0.0.1:{server.server_port}", moods)
    finally:
        if moods.hang is not None:
            moods.hang.set()
        server.shutdown()
        server.server_close()
