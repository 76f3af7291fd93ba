"""Who asks: the one place that decides which address a request comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from entraide.networks import network_of

log = structlog.get_logger("entraide.web")


def install(app: Flask, hops: int) -> None:
    """Read the client's address from as many proxies as were declared, and no more.

    Without a declared proxy what `X-Forwarded-For` says is anybody's claim, and is not read.
    """
    application: Callable[..., Any] = app.wsgi_app
    if hops:
        app.wsgi_app = ProxyFix(application, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    else:
        app.wsgi_app = Undeclared(application)  # type: ignore[method-assign]


class Undeclared:
    """Tells the log, once, that a proxy seems to be in front of a site that declares none.

    All visitors would share the proxy's address then, and with it every limit.
    """

    def __init__(self, application: Callable[..., Any]) -> None:
        self._application, self._is_told = application, False

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Answer as the site does."""
        is_claimed = "HTTP_X_FORWARDED_FOR" in environ
        is_near = environ.get("REMOTE_ADDR") in ("127.0.0.1", "::1")
        if is_claimed and is_near and not self._is_told:
            self._is_told = True
            log.warning("proxy-not-declared", fix="[server] proxy_hops = 1 in instance.toml")
        return self._application(environ, start_response)


def client() -> str:
    """Return the line that the request comes from: an IPv4 address, or the /64 of an IPv6 one."""
    return network_of(request.remote_addr or "")
