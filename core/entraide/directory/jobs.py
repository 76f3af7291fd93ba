"""Periodic work of the directory: offers that end, the search index that follows."""

from __future__ import annotations

from threading import Lock

from entraide import runtime
from entraide.directory import pausing
from entraide.directory.listing import positions
from entraide.directory.offers import reviewing, service
from entraide.directory.search import Follower
from entraide.directory.search.source import ListingSource
from entraide.gazetteer import territories
from entraide.kinds import JobRun
from entraide.runtime import Slot
from entraide.web.idempotency import forget_keys

_opening = Lock()


def expire(run: JobRun) -> None:
    """Take offers whose last day has passed out of every list, some hundred at a time."""
    while not run.should_stop() and service.expire_offers() == service.EXPIRE_BATCH:
        continue


def remind(_run: JobRun) -> None:
    """Remind those who may decide about proposals that have waited."""
    reviewing.remind_reviewers()


def tell_of_pauses(_run: JobRun) -> None:
    """Tell the authors of offers whose kind has been off for long."""
    pausing.tell_authors()


def follow_listing(_run: JobRun) -> None:
    """Bring the search index one step nearer to the listing."""
    follower().step()


def forget_removals(_run: JobRun) -> None:
    """Forget the removals that every machine's search index has had the time to follow."""
    positions.forget_removals()


def forget_request_keys(_run: JobRun) -> None:
    """Forget the idempotency keys that are older than a day."""
    forget_keys()


def follower() -> Follower:
    """Return the site's one follower, opened at its first use."""
    with _opening:
        return FOLLOWER.get()


def _open_follower() -> Follower:
    folder = runtime.current().settings.state / "search"
    return Follower(folder, ListingSource(territories.gazetteer()))


FOLLOWER = Slot("follower of the listing", _open_follower)
