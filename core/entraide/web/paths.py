"""Which paths a redirect may go to: of this site only."""

from __future__ import annotations

import re
from urllib.parse import quote

from flask import request

SAFE_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9_./~?&=%+-]{0,400}")


def safe_path(path: str) -> str:
    """Return a path of this site, or `/` for anything else (another host or scheme)."""
    return path if SAFE_PATH.fullmatch(path) else "/"


def here() -> str:
    """Return the address of this request, fit to come back to: with its query when it is safe."""
    path = quote(request.path)
    full = f"{path}?{request.query_string.decode('ascii', 'replace')}"
    return full if request.query_string and safe_path(full) == full else path
