"""An origin, or a relay, to read in tests: it serves by the protocol, or lies as told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from entraide_federation.protocol import profile
from entraide_federation.testing.behaviours import Behaviour, answer
from entraide_federation.testing.hostile import HostilePeer
from entraide_federation.testing.publication import FakePublication

PROBLEM = "application/problem+json"
NDJSON = "application/vnd.efp+ndjson"
NAMESPACE = "https://entraide.example/ns/federation/errors#"

Documents = list[dict[str, Any]]


class FakeOrigin(HostilePeer):
    """A server on loopback whose `publication` is served correctly until it is told to lie.

    `publish`, `withdraw` and `reissue_head` are those of the publication. As a relay it serves
    with scope=all what `relay` was given. The lies: `edit` changes the documents of pages and
    snapshots, `edit_bytes` the bytes of any answer (path, body), `head` replaces the Head that is
    served, `instead` maps a path to a behaviour, and `forgets_cursors` answers 410. `names` are
    told with the keysets of these origins.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        *,
        seed: str = "",
        page: int = 200,
        life: float = 60.0,
        port: int = 0,
    ) -> None:
        super().__init__({}, life=life, port=port)
        self.publication = FakePublication(self.base, now, seed)
        self.page = page
        self.edit: Callable[[Documents], Documents] = list
        self.edit_bytes: Callable[[str, bytes], bytes] = lambda _path, body: body
        self.head: dict[str, Any] | None = None
        self.instead: dict[str, Behaviour] = {}
        self.forgets_cursors = ""
        self.relayed: dict[str, FakePublication] = {}
        self.names: dict[str, str] = {}
        self._feed: dict[str, tuple[int, dict[str, Any]]] = {}
        self._seen: dict[str, int] = {}
        self.publish = self.publication.publish
        self.withdraw = self.publication.withdraw
        self.reissue_head = self.publication.reissue_head

    def relay(self, publication: FakePublication) -> None:
        """Take over what a publication signed since the last time, and its Head, as a hub does."""
        self.relayed[publication.base] = publication
        for document in publication.after(self._seen.get(publication.base, 0)):
            self._number(document["id"], document)
        self._seen[publication.base] = publication.seq
        self._number(f"head of {publication.base}", publication.head)

    def choose(self, head: bytes) -> Behaviour:
        """Answer by the protocol, or as `instead` says; what is asked is computed when asked."""
        request = head.decode("latin-1")
        parts = urlsplit(request.split(" ", 2)[1])
        if parts.path in self.instead:
            return self.instead[parts.path]
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        result = self._routes().get(parts.path, _unknown)(query)
        if isinstance(result, str):
            return _problem(404 if result.startswith("unknown-") else 410, result)
        body = self.edit_bytes(parts.path, result)
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if f"\r\nIf-None-Match: {etag}\r\n" in request:
            return answer(304, b"", {"ETag": etag, "Content-Type": None, "Content-Length": None})
        is_stream = parts.path.endswith("/snapshot")
        return answer(
            200, body, {"ETag": etag}, NDJSON if is_stream else "application/vnd.efp+json"
        )

    def _routes(self) -> dict[str, Callable[[dict[str, str]], bytes | str]]:
        return {
            "/.well-known/entraide-federation": self._discovery,
            "/federation/v1/keyset": lambda _: profile.canonical(self.publication.keysets[-1]),
            "/federation/v1/keysets": self._keysets,
            "/federation/v1/head": lambda _: profile.canonical(self._served_head()),
            "/federation/v1/heads": self._heads,
            "/federation/v1/changes": self._changes,
            "/federation/v1/snapshot": self._snapshot,
        }

    def _discovery(self, _query: dict[str, str]) -> bytes:
        return profile.canonical({"base": self.base, "efp": ["1.0"], "name": "Site Exemple"})

    def _keysets(self, query: dict[str, str]) -> bytes | str:
        origin = unquote(query.get("origin", self.base))
        publication = {self.base: self.publication, **self.relayed}.get(origin)
        if publication is None:
            return "unknown-origin"
        after = int(query.get("after", "0"))
        keysets = [keyset for keyset in publication.keysets if keyset["version"] > after]
        members = {"name": self.names[origin]} if origin in self.names else {}
        return profile.canonical({"keysets": keysets, **members})

    def _heads(self, _query: dict[str, str]) -> bytes:
        served = [publication.head for publication in self.relayed.values()]
        return profile.canonical({"cursor": f"c.{self._last()}", "heads": served})

    def _changes(self, query: dict[str, str]) -> bytes | str:
        if self.forgets_cursors:
            return self.forgets_cursors
        since = int(query.get("since", "c.0").removeprefix("c."))
        is_relay = query.get("scope") == "all"
        rows = self._numbered(is_relay)
        later = [(number, document) for number, document in rows if number > since]
        page, has_more = later[: self.page], len(later) > self.page
        last = page[-1][0] if has_more else self._last() if is_relay else self.publication.seq
        body: dict[str, Any] = {
            "since": query.get("since"),
            "next": f"c.{last}",
            "more": has_more,
            "items": self.edit([document for _, document in page]),
        }
        if not has_more and not is_relay:
            body["head"] = self._served_head()
        return profile.canonical(body)

    def _snapshot(self, query: dict[str, str]) -> bytes:
        is_relay = query.get("scope") == "all"
        origins = list(self.relayed.values()) if is_relay else [self.publication]
        origins.sort(key=lambda publication: publication.base)
        cursor = self._last() if is_relay else self.publication.seq
        lines: Documents = [
            {
                "snapshot": {
                    "cursor": f"c.{cursor}",
                    "scope": query.get("scope", "own"),
                    "origins": [publication.base for publication in origins],
                }
            },
        ]
        for publication in origins:
            rows = sorted(publication.objects.values(), key=lambda document: str(document["id"]))
            lines += self.edit(rows)
            lines.append(publication.head if is_relay else self._served_head())
        return b"".join(profile.canonical(line) + b"\n" for line in lines)

    def _served_head(self) -> dict[str, Any]:
        return self.head or self.publication.head

    def _numbered(self, is_relay: bool) -> list[tuple[int, dict[str, Any]]]:  # noqa: FBT001
        if is_relay:
            return sorted(self._feed.values(), key=lambda row: row[0])
        publication = self.publication
        rows = [
            (publication.numbers[name], document) for name, document in publication.objects.items()
        ]
        return sorted(rows, key=lambda row: row[0])

    def _number(self, name: str, document: dict[str, Any]) -> None:
        self._feed[name] = (self._last() + 1, document)

    def _last(self) -> int:
        return max((number for number, _ in self._feed.values()), default=0)


def _unknown(_query: dict[str, str]) -> bytes | str:
    return "unknown-object"


def _problem(status: int, name: str) -> Behaviour:
    body = profile.canonical({"type": NAMESPACE + name, "title": name, "status": status})
    return answer(status, body, content_type=PROBLEM)
