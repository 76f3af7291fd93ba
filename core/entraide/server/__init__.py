"""The HTTP server: waitress, with a deadline on whatever waits for a client."""

from __future__ import annotations

from entraide.server.limits import ServerLimits, raise_open_files
from entraide.server.listener import Listener, create
from entraide.server.tasks import REFUSED

__all__ = ["REFUSED", "Listener", "ServerLimits", "create", "raise_open_files"]
