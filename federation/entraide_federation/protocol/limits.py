"""Every limit and time window of the federation protocol, in one frozen object."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Self

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The defaults of EFP/1; whatever needs a figure derives it from here.

    Sizes are in bytes of UTF-8, names ending in `_seconds` and `_days` say their unit.
    """

    object_bytes: int = 16 * KIB
    object_keys: int = 200
    object_depth: int = 8
    page: int = 200
    page_bytes: int = MIB
    body_bytes: int = 64 * KIB
    ping_bytes: int = KIB
    snapshot_bytes: int = 256 * MIB
    decompression_ratio: int = 50
    objects_per_origin: int = 10_000
    min_poll_seconds: int = 30
    poll_seconds: int = 900
    connect_seconds: int = 5
    first_byte_seconds: int = 10
    exchange_seconds: int = 20
    snapshot_bytes_per_second: int = 256 * KIB
    dns_answers: int = 8
    requests_per_peer: int = 2
    pings_per_minute: int = 10
    nonce_seconds: int = 600
    document_skew_seconds: int = 300
    request_skew_seconds: int = 120
    head_seconds: int = 24 * 3600
    head_reissue_seconds: int = 12 * 3600
    keyset_check_days: int = 7
    keyset_days: int = 3653
    keyset_warning_days: int = 365
    confirmation_days: int = 30
    dials_per_relay: int = 1_000
    unconfirmed_per_relay: int = 1_000
    horizon_days: int = 400
    grey_after_seconds: int = 24 * 3600
    hide_after_days: int = 7
    held_removal_share: float = 0.30
    held_removal_count: int = 20

    @property
    def document_skew(self) -> timedelta:
        """How far ahead of our clock a document may be."""
        return timedelta(seconds=self.document_skew_seconds)

    @property
    def head_validity(self) -> timedelta:
        """How long a head counts as fresh, whatever it says itself."""
        return timedelta(seconds=self.head_seconds)

    @property
    def keyset_validity(self) -> timedelta:
        """How long a new Keyset names the keys: ten years."""
        return timedelta(days=self.keyset_days)

    @property
    def confirmation(self) -> timedelta:
        """How long an origin that only a relay named is asked whether its keys are its own."""
        return timedelta(days=self.confirmation_days)

    @property
    def horizon(self) -> timedelta:
        """How long tombstones are kept."""
        return timedelta(days=self.horizon_days)

    def snapshot_seconds(self, size: int) -> int:
        """Return the wall-clock seconds allowed for a snapshot of `size` bytes."""
        return self.exchange_seconds + -(-size // self.snapshot_bytes_per_second)

    def for_development(self) -> Self:
        """Return the same limits for instances on one machine, which poll every second."""
        return replace(self, min_poll_seconds=1, poll_seconds=1)

    def as_discovery(self) -> dict[str, Any]:
        """Return the member `limits` of the discovery document."""
        return {
            "page": self.page,
            "pageBytes": self.page_bytes,
            "objectBytes": self.object_bytes,
            "minPollSeconds": self.min_poll_seconds,
        }

    def tombstones_as_discovery(self) -> dict[str, Any]:
        """Return the member `tombstones` of the discovery document."""
        return {"class": "persistent-within-horizon", "horizonDays": self.horizon_days}


DEFAULT = Limits()
