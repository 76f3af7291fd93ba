"""Query parameters of the feed: known ones only, each once, each spelled exactly."""

from __future__ import annotations

import re

from flask import request

from entraide_federation import settings
from entraide_federation.protocol.errors import BadRequest
from entraide_federation.serving.cursors import Feed

_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")


def read(*known: str) -> dict[str, str]:
    """Return the request's parameters; raise BadRequest for an unknown or a repeated one."""
    sent = request.args
    for name, values in sent.lists():
        if name not in known:
            raise BadRequest(f"{name[:40]!r} is no parameter here. Known: {', '.join(known)}.")
        if len(values) > 1:
            raise BadRequest(f"{name!r} is given twice. Give each parameter once.")
    return sent.to_dict()


def read_scope(sent: dict[str, str]) -> Feed:
    """Return the feed asked for; raise BadRequest for another word, or for `all` at an origin."""
    scope = sent.get("scope", "own")
    if scope not in ("own", "all"):
        raise BadRequest('scope is "own" or "all".')
    if scope == "all" and not settings.current().is_hub:
        raise BadRequest("This site relays nobody: only scope=own is served here.")
    feed = Feed.ALL if scope == "all" else Feed.OWN
    if "origin" in sent and feed is not Feed.ALL:
        raise BadRequest("origin goes with scope=all only.")
    return feed


def read_limit(sent: dict[str, str]) -> int:
    """Return how many items a page may hold; a larger wish is cut to what we serve."""
    page = settings.limits().page
    limit = read_number(sent, "limit", page)
    if limit < 1:
        raise BadRequest(f"limit is a number from 1 to {page}.")
    return min(limit, page)


def read_number(sent: dict[str, str], name: str, default: int) -> int:
    """Return a whole number from 0; raise BadRequest for anything else."""
    if name not in sent:
        return default
    if not _NUMBER.fullmatch(sent[name]):
        raise BadRequest(f"{name} is a whole number.")
    return int(sent[name])
