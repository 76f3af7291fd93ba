"""Answering the snapshot: which representation, whole or from where a reader was cut off."""

from __future__ import annotations

from flask import Response, request
from sqlalchemy.orm import Session
from werkzeug.wsgi import wrap_file

from entraide import client
from entraide_federation.http import EFP_NDJSON
from entraide_federation.protocol.errors import Overloaded
from entraide_federation.serving import answers, feed_state, snapshot
from entraide_federation.serving.cursors import Feed
from entraide_federation.serving.feed_state import FeedState
from entraide_federation.serving.frozen import frozen
from entraide_federation.store import snapshot_files
from entraide_federation.store.snapshot_files import Desk, Part

IDENTITY, GZIP = "identity", "gzip"
PATH = "snapshot"


def answer(feed: Feed) -> Response:
    """Return the snapshot of a feed, a 304, or the rest of one that was begun before."""
    desk = snapshot_files.desk()
    coding = request.accept_encodings.best_match([IDENTITY, GZIP], default=IDENTITY)
    with frozen() as session:
        state = feed_state.load(session, feed)
        tag = _tag(state, coding)
        if unchanged := answers.not_modified(tag):
            return unchanged
        return _rest(desk) or _sent(tag, _open(desk, session, state, coding))


def _tag(state: FeedState, coding: str) -> str:
    return answers.etag(f"{coding} {state.token}", PATH)


def _rest(desk: Desk) -> Response | None:
    """Return one range of the representation that `If-Range` names, while its file is there."""
    byte_range, tag = request.range, request.headers.get("If-Range", "")
    if byte_range is None or byte_range.units != "bytes" or len(byte_range.ranges) != 1:
        return None
    part = desk.open(tag, client())
    if part is None:
        return None
    size = part.end
    bounds = byte_range.range_for_length(size)
    if bounds is None:
        part.close()
        return Response(status=416, headers={"Content-Range": f"bytes */{size}"})
    part.limit(*bounds)
    response = _sent(tag, part)
    response.status_code = 206
    response.headers["Content-Range"] = f"bytes {bounds[0]}-{bounds[1] - 1}/{size}"
    return response


def _open(desk: Desk, session: Session, state: FeedState, coding: str) -> Part:
    """Open a representation; who comes first writes it."""
    tag = _tag(state, coding)
    if part := desk.open(tag, client()):
        return part
    if coding == GZIP:
        with _open(desk, session, state, IDENTITY) as source:
            desk.compress(tag, source)
    else:
        desk.write(tag, snapshot.pieces(session, state))
    part = desk.open(tag, client())
    if part is None:
        # Others wrote so many since that ours has gone already.
        raise Overloaded(retry_after=snapshot_files.RETRY_SECONDS)
    return part


def _sent(tag: str, part: Part) -> Response:
    file = wrap_file(request.environ, part)
    response = Response(file, content_type=EFP_NDJSON, direct_passthrough=True)
    response.content_length = part.end - part.tell()
    response.headers["Accept-Ranges"] = "bytes"
    if request.method == "HEAD":
        part.close()
    if part.is_gzip:
        response.headers["Content-Encoding"] = GZIP
    response.vary.add("Accept-Encoding")
    return answers.complete(response, tag)
