"""Answers: those of the site, and the site's own page for a request that cannot be read."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from waitress.task import ErrorTask, WSGITask
from waitress.utilities import InternalServerError

REFUSED = "entraide.refused"
"""Key of the WSGI environment: the status with which the server refused to read a request."""

_UNREAD = {
    "command": "GET",
    "path": "/",
    "request_uri": "/",
    "query": "",
    "url_scheme": "http",
    "version": "1.1",
}


SHORT = 64 * 1024
"""Bytes of a body that leave with the header: one call of the system and one packet for most."""


class ResponseTask(WSGITask):  # type: ignore[misc] # waitress has no types
    """An answer of the site; one without a body leaves the connection open."""

    def write(self, data: bytes) -> None:
        """Send bytes of the body; the first ones leave together with the header."""
        if self.wrote_header or len(data) > SHORT:
            super().write(data)
            return
        with self.channel.together():
            super().write(data)

    def set_close_on_finish(self) -> None:
        """Close after this answer, unless only its missing length was the reason.

        A 304 has no length and needs none: without this each poll would cost a connection.
        """
        is_asked = self.request.headers.get("CONNECTION", "").lower() == "close"
        if self.has_body or is_asked or self.version != "1.1":
            super().set_close_on_finish()


class RefusalTask(ResponseTask):
    """The site's own page, in the visitor's language, for what the server refused to read."""

    def execute(self) -> None:
        """Ask the site for the page; the connection ends with it."""
        request, error = self.request, self.request.error
        for name, value in _UNREAD.items():
            if not hasattr(request, name):
                setattr(request, name, value)
        self.channel.has_unread_rest = True
        environ = self.get_environment()
        environ |= {REFUSED: error.code, "CONTENT_LENGTH": "0", "wsgi.input": BytesIO()}
        self.set_close_on_finish()
        super().execute()
        self.close_on_finish = True


def refuse(channel: Any, request: Any) -> RefusalTask | ErrorTask:
    """Return the task that answers a request with an error.

    A failure of the site itself is answered without it.
    """
    is_ours = isinstance(request.error, InternalServerError)
    return ErrorTask(channel, request) if is_ours else RefusalTask(channel, request)
