"""`python -m bench.bare_server URL PORT`: the least that FastAPI can do, with and without a row in a database."""

from __future__ import annotations

import sys

import uvicorn
from fastapi import FastAPI

from bench.bare_rows import insertion

url, port = sys.argv[1:]
insert_row = insertion(url)
app = FastAPI()


@app.get("/health")
def health() -> dict[str, str]:
    """Say that the process runs."""
    return {"status": "ok"}


@app.get("/changes/{change}")
def read(change: str) -> dict[str, str]:
    """Answer at once."""
    return {"change": change}


@app.post("/changes/{change}")
def insert(change: str) -> dict[str, str]:
    """Insert a row."""
    insert_row(change)
    return {"change": change}


uvicorn.run(app, port=int(port), log_level="warning")
