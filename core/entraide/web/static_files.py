"""The core's own files under names that hold a hash of their content, so that browsers keep them."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, request
from werkzeug.security import safe_join

from entraide.web.compression import COMPRESSIBLE, pack, takes_gzip

HASH_LENGTH = 12
_HASHED = re.compile(r"(?P<stem>.+)\.(?P<hash>[0-9a-f]{12})(?P<suffix>\.[a-z0-9]+)")
_LINK = re.compile(rb'url\("(?P<path>[^":]+)"\)')
A_YEAR = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class StaticFile:
    """One file: its bytes as sent, plain and compressed (None where that gains nothing)."""

    body: bytes
    packed: bytes | None
    digest: str
    mimetype: str


class StaticFiles:
    """The files of a folder, read once each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, StaticFile] = {}

    def find(self, name: str) -> StaticFile | None:
        """Return a file by its plain name; None when there is none."""
        if name not in self._known:
            path = safe_join(str(self._folder), name)
            if path is None or not Path(path).is_file():
                return None
            self._known[name] = self._read(name, Path(path))
        return self._known[name]

    def hashed(self, name: str) -> str:
        """Return the name under which a file may be kept for a year; its own when there is none."""
        file = self.find(name)
        stem, dot, suffix = name.rpartition(".")
        return f"{stem}.{file.digest}{dot}{suffix}" if file and stem else name

    def _read(self, name: str, path: Path) -> StaticFile:
        body = path.read_bytes()
        mimetype = mimetypes.guess_type(name)[0] or "application/octet-stream"
        if mimetype == "text/css":
            body = _LINK.sub(lambda link: self._relinked(name, link["path"].decode()), body)
        packed = pack(body) if mimetype in COMPRESSIBLE else None
        return StaticFile(body, packed, hashlib.sha256(body).hexdigest()[:HASH_LENGTH], mimetype)

    def _relinked(self, stylesheet: str, path: str) -> bytes:
        """Return the link of a stylesheet to a file beside it, by its hashed name."""
        folder = stylesheet.rpartition("/")[0]
        hashed = self.hashed(f"{folder}/{path}".lstrip("/"))
        return f'url("{hashed.removeprefix(folder).lstrip("/")}")'.encode()


def install(app: Flask) -> None:
    """Link to files by their hashed names, and serve them under these and their own."""
    files = StaticFiles(Path(app.static_folder or ""))

    @app.url_defaults
    def _hash(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values:
            values["filename"] = files.hashed(values["filename"])

    app.view_functions["static"] = lambda filename: _answer(files, filename)


def _answer(files: StaticFiles, filename: str) -> Response:
    match = _HASHED.fullmatch(filename)
    name = match["stem"] + match["suffix"] if match else filename
    file = files.find(name)
    if file is None:
        abort(404)
    is_packed = file.packed is not None and takes_gzip(request.headers.get("Accept-Encoding", ""))
    tag = f'"{file.digest}-gzip"' if is_packed else f'"{file.digest}"'
    if request.if_none_match.contains_weak(tag.strip('"')):
        return _not_modified(tag)
    response = Response(file.packed if is_packed else file.body, mimetype=file.mimetype)
    is_current = match is not None and match["hash"] == file.digest
    response.headers |= {"ETag": tag, "Cache-Control": A_YEAR if is_current else "no-cache"}
    if file.packed is not None:
        response.vary.add("Accept-Encoding")
    if is_packed:
        response.headers["Content-Encoding"] = "gzip"
    return response


def _not_modified(tag: str) -> Response:
    response = Response(status=304)
    response.headers.clear()
    response.headers["ETag"] = tag
    return response
