"""Keeping this machine's search index beside the listing."""

from __future__ import annotations

from entraide import runtime
from entraide.directory.search import Follower
from entraide.directory.search.source import ListingSource
from entraide.kinds import JobRun


def follow(run: JobRun) -> None:
    """Index what changed, batch after batch, until nothing is left or the run should stop."""
    site = runtime.current()
    follower: Follower | None = site.services.get("follower")
    if follower is None:
        source = ListingSource(site.services["places"])
        follower = site.services["follower"] = Follower(site.settings.state / "search", source)
    while follower.step() and not run.should_stop():
        pass
