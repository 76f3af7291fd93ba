"""Which paths a redirect may go to: of this site only."""

from __future__ import annotations

import re

SAFE_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9_./~?&=%+-]{0,400}")


def safe_path(path: str) -> str:
    """Return a path of this site, or `/` for anything else (`//host`, `\\`, other schemes)."""
    return path if SAFE_PATH.fullmatch(path) else "/"
