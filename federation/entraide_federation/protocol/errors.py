"""Errors of the federation protocol, as RFC 9457 problems; refusals name the rule they hold."""

from __future__ import annotations

from typing import Any

from entraide.errors import EntraideError

NAMESPACE = "https://entraide.example/ns/federation/errors"


class FederationError(EntraideError):
    """Base of what the federation protocol answers; each subclass is one row of its table."""

    namespace = NAMESPACE
    name, status, title = "internal", 500, "Something went wrong on our side"


class BadCursor(FederationError):
    """The cursor cannot be decoded, or we never issued it."""

    name, status, title = "bad-cursor", 400, "The cursor is not one of ours"


class BadRequest(FederationError):
    """A parameter is missing or outside its range."""

    name, status, title = "bad-request", 400, "A parameter is missing or outside its range"


class UnknownObject(FederationError):
    """There never was such an object; not a reason to delete a copy."""

    name, status, title = "unknown-object", 404, "There never was such an object"


class UnknownOrigin(FederationError):
    """This relay serves nothing of that origin."""

    name, status, title = "unknown-origin", 404, "This relay does not know that origin"


class Conflict(FederationError):
    """Base of the contradictions that freeze an origin until a human decides."""

    status = 409


class EpochFork(Conflict):
    """One (epoch, seq) has two roots."""

    name, title = "epoch-fork", "Two states exist for one sequence number"


class HeadRollback(Conflict):
    """A head older than one already seen; a relay may lag, an origin may not."""

    name, title = "head-rollback", "This state is older than one already seen"


class KeysetBroken(Conflict):
    """A Keyset that does not follow from the pinned key or from the previous Keyset."""

    name, title = "keyset-broken", "The keys do not follow from the known ones"


class CursorExpired(FederationError):
    """The cursor is older than the tombstone horizon: read the snapshot."""

    name, status, title = "cursor-expired", 410, "Cursor older than the tombstone horizon"


class CursorUnknown(FederationError):
    """The cursor belongs to another epoch or is ahead of us: read the snapshot."""

    name, status, title = "cursor-unknown", 410, "Cursor of another epoch, or ahead of this feed"


class WrongOrigin(FederationError):
    """The request names a host that is not this instance."""

    name, status, title = "wrong-origin", 421, "This host is another instance"


class Maintenance(FederationError):
    """The instance rests; the answer carries `Retry-After`."""

    name, status, title = "maintenance", 503, "This site is being maintained"


class Overloaded(FederationError):
    """The instance has too much to do; the answer carries `Retry-After`."""

    name, status, title = "busy", 503, "This site is busy"


class Refusal(FederationError):
    """Base of the refusals of one document; `reason` names the single rule that it breaks."""

    def __init__(self, reason: str, detail: str = "", **members: Any) -> None:
        self.reason = reason
        super().__init__(detail or f"{self.title} ({reason}).", reason=reason, **members)


class BadProfile(Refusal):
    """The bytes are outside the JSON profile (duplicate key, float, depth, context, ...)."""

    name, status, title = "bad-profile", 400, "The document breaks the JSON profile"


class SignatureInvalid(Refusal):
    """The proof is malformed, from a wrong or unknown key, or does not verify."""

    name, status, title = "signature-invalid", 401, "The proof does not hold"


class TooLarge(Refusal):
    """A body, page or object is over its limit."""

    name, status, title = "too-large", 413, "Over the published limit"


class SchemaRefused(Refusal):
    """A member is missing, of a wrong type, out of range or spelled differently."""

    name, status, title = "schema", 422, "The document does not follow its schema"


class VersionInFuture(Refusal):
    """A version or time more than five minutes ahead of our clock."""

    name, status, title = "version-in-future", 422, "The document is ahead of our clock"
