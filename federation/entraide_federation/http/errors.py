"""The errors of talking to a peer: each says what happened, at which peer, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entraide.errors import EntraideError


class PeerError(EntraideError):
    """Base of everything that may go wrong with a peer.

    `peer` is the registered base, `reason` a short stable code that states and logs are keyed by.
    """

    name, status, title = "peer", 502, "The exchange with a peer failed"

    def __init__(self, peer: str, reason: str, detail: str, **members: Any) -> None:
        self.peer = peer
        self.reason = reason
        super().__init__(f"{peer}: {detail}", peer=peer, reason=reason, **members)


class TargetRefused(PeerError):
    """Our own mistake: the base or the path is none that may be asked."""

    name, status, title = "peer-target-refused", 500, "This address may not be asked"


class PeerUnreachable(PeerError):
    """No connection: reason `dns`, `address`, `connect`, `tls` or `disconnected`."""

    name, title = "peer-unreachable", "The peer cannot be reached"


class PeerTimeout(PeerError):
    """Too slow: reason `dns`, `connect`, `first-byte` or `deadline`."""

    name, status, title = "peer-timeout", 504, "The peer is too slow"


class PeerMisbehaved(PeerError):
    """The answer breaks a rule of the protocol; `reason` names the rule."""

    name, title = "peer-misbehaved", "The peer's answer breaks the protocol"


class PeerRefused(PeerError):
    """The peer answered with an error status.

    `answered` is that status; `problem` is its problem document (empty when it sent none) and
    `problem_name` the fragment of its type; `retry_after` and `backoff` are seconds.
    """

    name, title = "peer-refused", "The peer refused the request"

    def __init__(
        self,
        peer: str,
        answered: int,
        *,
        problem_name: str = "",
        problem: Mapping[str, Any] | None = None,
        retry_after: int | None = None,
        backoff: int | None = None,
    ) -> None:
        self.answered = answered
        self.problem_name = problem_name
        self.problem: Mapping[str, Any] = problem or {}
        self.retry_after = retry_after
        self.backoff = backoff
        reason = problem_name or f"status-{answered}"
        super().__init__(
            peer, reason, f"it answered {answered} ({reason}); see its log or ask its operator"
        )
