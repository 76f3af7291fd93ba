"""Serving a site: the HTTP server, the worker, and both in one process for small sites."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

import structlog
from flask import Flask

from entraide import app as application
from entraide import server
from entraide.errors import ConfigurationError
from entraide.live import LiveSite
from entraide.runtime import Runtime


def configure_logging(level: int = logging.INFO) -> None:
    """Write logs as one line each; JSON when not at a terminal."""
    renderer = (
        structlog.dev.ConsoleRenderer() if os.isatty(2) else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING)
    # One line for each request that waits for a thread would fill the disk when many come at once.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def serve(site: Runtime, create_app: Callable[[Runtime], Flask] = application.create_app) -> None:
    """Answer requests until SIGINT or SIGTERM; run the jobs too when the worker is embedded.

    Raises ConfigurationError when the port is taken.
    """
    application.check_start(site)
    application.check_tables(site)
    application.check_writable(site)
    application.remember_classification(site)
    settings = site.settings.server
    check_port(settings.host, settings.port)
    listener = listen(site, create_app)
    live: LiveSite = listener.application
    live.start()
    signal.signal(signal.SIGTERM, _exit)
    try:
        listener.run()
    finally:
        live.stop()


def listen(
    site: Runtime,
    create_app: Callable[[Runtime], Flask] = application.create_app,
    **listening: Any,
) -> server.Listener:
    """Return the server of a site, listening; `listening` replaces its `host` and `port`.

    Its `application` is a `LiveSite`, to be started and stopped by whoever runs the server.
    """
    settings = site.settings.server
    connections = server.raise_open_files()
    site.connections = connections
    # Behind a proxy all connections are the proxy's: there is nobody to share them out among.
    per_client = None if settings.proxy_hops else max(1, connections // 4)
    return server.create(
        LiveSite(site, serves=True, works=settings.worker == "embedded", create_app=create_app),
        limits=server.ServerLimits(connections=connections, per_client=per_client),
        threads=settings.threads,
        **(listening or {"host": settings.host, "port": settings.port}),
    )


def work(site: Runtime) -> None:
    """Run the site's jobs until SIGINT or SIGTERM."""
    application.check_start(site)
    application.check_tables(site)
    application.check_writable(site)
    application.remember_classification(site)
    live = LiveSite(site, serves=False, works=True)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stopped.set())
    live.start()
    stopped.wait()
    live.stop()


def check_port(host: str, port: int) -> None:
    """Raise ConfigurationError, with the fix, when a port cannot be listened on."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            mistake = (
                f"[server] port: {host}:{port} cannot be used ({error.strerror}). Stop the "
                "program that listens there, or choose another port: ENTRAIDE_PORT=8001 (the demo: DEMO_PORT=8300)."
            )
            raise ConfigurationError([mistake]) from error


def _exit(_number: int, _frame: FrameType | None) -> None:
    # The server ends its loop on SystemExit and lets running requests finish.
    raise SystemExit(0)
