"""A site that is served: opened anew beside the old opening when other plugins are chosen."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from flask import Flask
from sqlalchemy.exc import OperationalError

from entraide import app as application
from entraide.directory.jobs import FOLLOWER
from entraide.enabling import rest
from entraide.errors import Busy, PluginError, StorageFull
from entraide.jobs import Worker
from entraide.plugins import migrating
from entraide.plugins.choices import CHOSEN, REOPEN, Chosen, read_choices
from entraide.runtime import Runtime

log = structlog.get_logger("entraide.live")

LOOK_SECONDS = 1.0
"""How often a process looks whether anybody has chosen other plugins."""


def open_anew(site: Runtime, chosen: Chosen) -> Runtime:
    """Open a site once more, with other plugins; those that are new get their tables.

    Raises what makes the whole site impossible; a plugin that fails is set aside.
    """
    settings = dataclasses.replace(site.settings, plugins=chosen.written)
    fresh = application.create_site(settings, chosen.choices)
    fresh.clock, fresh.connections = site.clock, site.connections
    try:
        _make_tables(fresh, set(chosen.enabled) - set(CHOSEN.get(site).enabled))
        application.check_tables(fresh)
        application.remember_classification(fresh)
    except BaseException:
        fresh.database.close()
        raise
    return fresh


def _make_tables(site: Runtime, names: set[str]) -> None:
    for name in names & set(site.registry.modules):
        try:
            migrating.upgrade(site.database, name, site.registry.modules[name])
        except PluginError as error:
            rest(site, name, error)


PASSING = (Busy, StorageFull, OperationalError)
"""Why a site cannot be opened just now: its database is busy, full or away."""


class LiveSite:
    """One site of one process: its application and its jobs, each of the newest opening.

    Requests and jobs under way end on the opening on which they began. `serves`: pages are
    answered here, by `app`, which `create_app` makes of each opening; `works`: jobs are done here.
    """

    def __init__(
        self,
        site: Runtime,
        *,
        serves: bool,
        works: bool,
        create_app: Callable[[Runtime], Flask] = application.create_app,
    ) -> None:
        self.site, self._create_app = site, create_app
        self._serves, self._works = serves, works
        self.app = self._open_app(site) if serves else None
        self._worker: Worker | None = None
        self._mark = self._told = ""
        self._refused: Chosen | None = None
        self._lock = threading.Lock()
        self._stop, self._wake = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._watch, name="plugins", daemon=True)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        if self.app is None:
            raise LookupError("this process answers no pages")
        return self.app(environ, start)

    def start(self) -> None:
        """Start the jobs, and look for other choices from now on."""
        self._start_worker()
        self._thread.start()

    def stop(self) -> None:
        """Stop the jobs; the running ones are finished."""
        self._stop.set()
        self._wake.set()
        self._thread.join(timeout=20)
        if self._worker is not None:
            self._worker.stop()

    def follow(self) -> bool:
        """Open the site anew if other plugins are chosen than it runs with; return whether."""
        with self._lock:
            mark = self.site.database.change_mark.read()
            if mark == self._mark:
                return False
            before = CHOSEN.get(self.site)
            chosen = Chosen(before.written, read_choices(self.site.database))
            if chosen == self._refused or chosen.enabled == before.enabled:
                self._mark = mark
                return False
            try:
                self._swap(open_anew(self.site, chosen))
            except PASSING:
                # It is tried again at the next look.
                raise
            except Exception:
                # It goes on as it is, and is not opened again before the choice changes.
                self._refused = chosen
                raise
            return True

    def _swap(self, fresh: Runtime) -> None:
        app = self._open_app(fresh) if self._serves else None
        old, self.site, self.app = self.site, fresh, app
        self._mark, self._refused = "", None
        log.info("plugins-changed", plugins=list(fresh.settings.plugins))
        if not self._works:
            # Connections that a request still holds are closed when it gives them back.
            old.database.close()
        self._wake.set()

    def _open_app(self, site: Runtime) -> Flask:
        REOPEN.fill(self._follow_at_once, site)
        return self._create_app(site)

    def _follow_at_once(self) -> None:
        try:
            self.follow()
        except Exception as error:
            if str(error) != self._told:
                log.exception("plugins-not-changed", error=str(error))
            self._told = str(error)
        else:
            self._told = ""

    def _watch(self) -> None:
        while not self._stop.is_set():
            self._follow_at_once()
            self._start_worker_at_once()
            self._wake.wait(LOOK_SECONDS)
            self._wake.clear()

    def _start_worker_at_once(self) -> None:
        try:
            self._start_worker()
        except Exception as error:
            # Without this thread nothing would be followed any more: it is tried at the next look.
            log.exception("jobs-not-started", error=str(error))

    def _start_worker(self) -> None:
        """Let the jobs of the newest opening run, once those of the one before have ended."""
        site, worker = self.site, self._worker
        if not self._works or self._stop.is_set() or (worker and worker.site is site):
            return
        if worker is not None:
            self._worker = None
            worker.stop()
            if follower := FOLLOWER.take(worker.site):
                # One process holds the writer's lock of the index once.
                follower.close()
            worker.site.database.close()
        fresh = Worker(site, application.jobs_of(site))
        fresh.start()
        self._worker = fresh
