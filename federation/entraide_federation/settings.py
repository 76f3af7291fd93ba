"""The table [federation] of instance.toml: this site's role, its peers, its limits."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Literal

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

import entraide
from entraide import runtime
from entraide_federation.protocol import limits as defaults
from entraide_federation.protocol import spelling
from entraide_federation.protocol.limits import Limits

ROLES = ("origin", "hub")
MOST_SECONDS_BETWEEN_POLLS = 24 * 3600
"""A peer that is asked less than once a day would count as silent."""

_FINGERPRINT = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Peer:
    """A site that this one reads; `root` is the fingerprint of its root key, None on first use.

    `quota` bounds how many objects are taken from it; None is the usual limit.
    """

    base: str
    role: Literal["origin", "hub"]
    root: str | None
    quota: int | None


@dataclass(frozen=True)
class Federation:
    """How the running site takes part: `[federation]` with its defaults."""

    role: Literal["origin", "hub"]
    development: bool
    poll_seconds: int
    peers: tuple[Peer, ...]

    @property
    def is_hub(self) -> bool:
        """Return whether the site relays what it reads."""
        return self.role == "hub"


def _choice(example: str) -> fields.String:
    known = validate.OneOf(ROLES, error='is no role. Write "origin" or "hub".')
    return fields.String(
        load_default="origin", validate=known, metadata={"example": f'"{example}"'}
    )


def _is_development() -> bool:
    return runtime.current().settings.development


def _check_base(base: str) -> None:
    if not spelling.is_origin(base, development=_is_development()):
        also = ", or http://127.0.0.1:PORT" if _is_development() else ""
        raise ValidationError(
            f"is not the address of a site. Write https://your-peer.example alone{also}."
        )
    if base == runtime.current().settings.site.base_url:
        raise ValidationError("is this site itself. Remove the entry.")


def _check_development(value: object) -> None:
    if value is not _is_development():
        raise ValidationError("is not what [site] development says. Leave it out here.")


def _check_pace(seconds: int) -> None:
    least = _defaults().min_poll_seconds
    if not least <= seconds <= MOST_SECONDS_BETWEEN_POLLS:
        raise ValidationError(f"is out of range. Write {least} to {MOST_SECONDS_BETWEEN_POLLS}.")


class PeerSchema(Schema):
    """One [[federation.peers]]."""

    base = fields.String(
        required=True, validate=_check_base, metadata={"example": '"https://your-peer.example"'}
    )
    role = _choice("hub")
    root = fields.String(
        load_default=None,
        validate=validate.Regexp(
            re.compile(rf"(?:{_FINGERPRINT.pattern})\Z"),
            error='is no fingerprint. Write "sha256:" and 64 hexadecimal digits.',
        ),
        metadata={"example": '"sha256:…"'},
    )
    quota = fields.Integer(
        strict=True,
        load_default=None,
        validate=validate.Range(1, 10_000_000, error="is out of range. Write 1 to 10000000."),
        metadata={"example": str(defaults.DEFAULT.objects_per_origin)},
    )


class FederationSchema(Schema):
    """The table [federation]; `development` may only repeat what [site] says."""

    role = _choice("origin")
    development = fields.Raw(
        load_default=None, validate=_check_development, metadata={"example": "false"}
    )
    poll_seconds = fields.Integer(
        strict=True, load_default=None, validate=_check_pace, metadata={"example": "900"}
    )
    peers = fields.List(
        fields.Nested(PeerSchema),
        load_default=list,
        error_messages={"invalid": "is one table. Write [[federation.peers]] for each peer."},
    )

    @validates_schema
    def check(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a peer named twice."""
        bases = [peer["base"] for peer in data["peers"]]
        if twice := sorted({base for base in bases if bases.count(base) > 1}):
            raise ValidationError(
                f"is a list with {', '.join(twice)} twice. Write each once.", "peers"
            )

    @post_load
    def fill(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Fill in what follows from the site: its mode and the pace of that mode."""
        seconds = data["poll_seconds"] or _defaults().poll_seconds
        return data | {"development": _is_development(), "poll_seconds": seconds}


def _defaults() -> Limits:
    return defaults.DEFAULT.for_development() if _is_development() else defaults.DEFAULT


def current() -> Federation:
    """Return how the running site takes part."""
    table = entraide.settings("federation")
    peers = tuple(Peer(**peer) for peer in table["peers"])
    return Federation(table["role"], table["development"], table["poll_seconds"], peers)


def limits() -> Limits:
    """Return the limits of the running site, its own pace included."""
    return replace(_defaults(), poll_seconds=current().poll_seconds)
