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


class SignatureMissing(FederationError):
    """The request must be signed (RFC 9421)."""

    name, status, title = "signature-missing", 401, "Sign this request"


class SignatureStale(FederationError):
    """The signature's times are too far from our clock."""

    name, status, title = "signature-stale", 401, "The signature is too old or too new"


class NotAPeer(FederationError):
    """The sender is not a registered peer."""

    name, status, title = "not-a-peer", 403, "This site is not a peer of ours"


class Suspended(FederationError):
    """The peer is suspended."""

    name, status, title = "suspended", 403, "This peer is suspended"


class UnknownObject(FederationError):
    """There never was such an object; not a reason to delete a copy."""

    name, status, title = "unknown-object", 404, "There never was such an object"


class UnknownOrigin(FederationError):
    """This relay serves nothing of that origin."""

    name, status, title = "unknown-origin", 404, "This relay does not know that origin"


class WrongMediaType(FederationError):
    """The content type is not exactly the protocol's (415; 406 for an `Accept` we cannot meet)."""

    name, status, title = "media-type", 415, "The media type is not the protocol's"


class Conflict(FederationError):
    """Base of the contradictions that freeze an origin until a human decides."""

    status = 409


class Equivocation(Conflict):
    """One version of an object has two contents."""

    name, title = "equivocation", "Two contents exist for one version"


class EpochFork(Conflict):
    """One (epoch, seq) has two roots."""

    name, title = "epoch-fork", "Two states exist for one sequence number"


class HeadRollback(Conflict):
    """A head older than one already seen; a relay may lag, an origin may not."""

    name, title = "head-rollback", "This state is older than one already seen"


class KeysetBroken(Conflict):
    """A Keyset that does not follow from the pinned key or from the previous Keyset."""

    name, title = "keyset-broken", "The keys do not follow from the known ones"


class InvitationUsed(Conflict):
    """The invitation code was used before."""

    name, title = "invitation-used", "This invitation was already used"


class Gone(FederationError):
    """The object was deleted; the body is its Tombstone."""

    name, status, title = "gone", 410, "This object was deleted"


class CursorExpired(FederationError):
    """The cursor is older than the tombstone horizon: read the snapshot."""

    name, status, title = "cursor-expired", 410, "Cursor older than the tombstone horizon"


class CursorUnknown(FederationError):
    """The cursor belongs to another epoch or is ahead of us: read the snapshot."""

    name, status, title = "cursor-unknown", 410, "Cursor of another epoch, or ahead of this feed"


class RootChanged(FederationError):
    """The audit asks about a root that is no longer kept."""

    name, status, title = "root-changed", 412, "This root is no longer kept"


class WrongOrigin(FederationError):
    """The request names a host that is not this instance."""

    name, status, title = "wrong-origin", 421, "This host is another instance"


class Replayed(FederationError):
    """The nonce was seen before."""

    name, status, title = "replayed", 425, "This request was seen before"


class ProtocolVersion(FederationError):
    """The major version asked for is not offered."""

    name, status, title = "protocol-version", 426, "This version of the protocol is not offered"


class RateLimited(FederationError):
    """A quota is used up; the answer carries `Retry-After`."""

    name, status, title = "rate-limited", 429, "Too many requests, come back later"


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


class PersonalData(Refusal):
    """A text that would publish personal data."""

    name, status, title = "personal-data", 422, "The text holds personal data"
