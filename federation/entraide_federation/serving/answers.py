"""Answers of the federation's endpoints: exact types, strong validators, bare 304s."""

from __future__ import annotations

import base64
import hashlib

from flask import Response, request

from entraide_federation.http import EFP_JSON

ETAG_BYTES = 16
BODY_FORMAT = "1"
"""Part of every validator: raise it when the same rows are written another way."""


def etag(state: str, path: str = "") -> str:
    """Return the validator of a body while `state` holds, quotes included.

    `path` names what several URLs share; by default the body is this URL's alone.
    """
    words = f"{BODY_FORMAT}\0{path or request.full_path}\0{state}".encode()
    digest = hashlib.sha256(words).digest()[:ETAG_BYTES]
    return f'"{base64.urlsafe_b64encode(digest).rstrip(b"=").decode()}"'


def digest(body: bytes) -> str:
    """Return the state of a body that follows from nothing but itself."""
    return hashlib.sha256(body).hexdigest()


def not_modified(tag: str) -> Response | None:
    """Return a 304 that carries the validator and nothing else, if the reader has this body."""
    if not request.if_none_match.contains_weak(tag.strip('"')):
        return None
    response = Response(status=304)
    response.headers.clear()
    response.headers["ETag"] = tag
    return response


def document(body: bytes, state: str, status: int = 200, content_type: str = EFP_JSON) -> Response:
    """Return signed bytes as they are, or a 304; `state` is what the body follows from."""
    tag = etag(state)
    return not_modified(tag) or complete(Response(body, status, content_type=content_type), tag)


def complete(response: Response, tag: str) -> Response:
    """Add what every answer with a body carries."""
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "no-cache"
    return response
