"""The error tree of Entraide and the one shape in which errors leave it (RFC 9457 problem+json)."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from entraide.i18n import Text

NAMESPACE = "https://entraide.example/ns/errors"
"""Prefix of the `type` of a problem; the catalogue page lists every name after the `#`."""


LEAVES = (SystemExit, GeneratorExit, CancelledError)
"""What ends more than the code that raises it, and passes by `except Exception`."""

CONTAINED = (Exception, *LEAVES)
"""Whatever code of a plugin may raise and the site survives; KeyboardInterrupt ends the process."""


class EntraideError(Exception):
    """Base of every error that the project raises on purpose.

    `name` is the fragment of the problem's `type`, `status` the HTTP status, `title` a short
    English sentence that never varies. `detail` says what is wrong here and how to fix it;
    `members` are further problem members (JSON values).
    """

    name: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong on our side"
    namespace: ClassVar[str] = NAMESPACE

    def __init__(self, detail: Text = "", **members: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.members: Mapping[str, Any] = members

    def as_problem(self) -> dict[str, Any]:
        """Return the RFC 9457 object: type, title, status, detail and the extra members."""
        problem: dict[str, Any] = {
            "type": f"{self.namespace}#{self.name}",
            "title": self.title,
            "status": self.status,
        }
        if self.detail:
            problem["detail"] = str(self.detail)
        return problem | dict(self.members)


class BadInput(EntraideError):
    """What came in breaks a rule; `errors` maps a field to its messages."""

    name, status, title = "bad-input", 422, "Some fields need another look"

    def __init__(
        self, detail: Text = "", errors: Mapping[str, Any] | None = None, **members: Any
    ) -> None:
        self.errors: Mapping[str, Any] = errors or {}
        super().__init__(
            detail, **({"errors": dict(self.errors)} if self.errors else {}), **members
        )

    @classmethod
    def at(cls, field: str, words: Text) -> BadInput:
        """Return the error of one field: its words stand there, and tell the whole."""
        message = str(words)
        return cls(message, {field: [message]})


class BadText(BadInput):
    """A text or JSON document outside the text policy; `reason` names the rule that it breaks."""

    name, status, title = "bad-text", 400, "The text or JSON is not acceptable"

    def __init__(self, reason: str, detail: str = "", **members: Any) -> None:
        self.reason = reason
        super().__init__(detail or reason, reason=reason, **members)


class NotFound(EntraideError):
    """Absent or forbidden: both look the same from outside."""

    name, status, title = "not-found", 404, "There is nothing here"


class Forbidden(NotFound):
    """The member may not do this; answered like `NotFound` so that nothing can be probed."""


class WrongHost(EntraideError):
    """The request names another host: its reader would take this site for that one."""

    name, status, title = "wrong-origin", 421, "This site has another address"


class LoginRequired(EntraideError):
    """Nobody is logged in, or the token is missing, unknown or revoked."""

    name, status, title = "login-required", 401, "Please log in first"


class Refused(EntraideError):
    """A kindly worded refusal by a rule of the domain or of a plugin."""

    name, status, title = "refused", 409, "This is not possible right now"


class IllegalTransition(Refused):
    """The workflow has no such step from the current state."""

    name, title = "illegal-transition", "This step is not possible from the current state"


class TooManyRequests(EntraideError):
    """A limit on this action was reached; `retry_after` is in seconds."""

    name, status, title = "too-many-requests", 429, "Too many tries, please wait"


class Busy(EntraideError):
    """The database or a resource is busy or full; the same request may work in a moment."""

    name, status, title = "busy", 503, "The site is busy, please try again in a moment"


class StorageFull(Busy):
    """The disk (or a quota) is full, or cannot be written; reading still works."""

    name, status, title = "storage-full", 507, "The disk of this site is full"


class ConfigurationError(EntraideError):
    """The instance cannot start; `mistakes` lists every problem with its place and its fix."""

    name, title = "configuration", "The configuration needs a correction"

    def __init__(self, mistakes: list[str]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(mistakes))


class DatabaseError(EntraideError):
    """The database is missing, newer than the code, or cannot be opened."""

    name, status, title = "database", 503, "The database cannot be used"


class PluginError(EntraideError):
    """A plugin that cannot be loaded: says the plugin, the file and line, the cause, the remedy."""

    name, title = "plugin", "A plugin cannot be loaded"


class PluginUnavailable(EntraideError):
    """The page belongs to a plugin that is quarantined or disabled."""

    name, status, title = "plugin-unavailable", 503, "This part of the site is resting"


class HookFailed(EntraideError):
    """A hook whose failure must stop the operation failed (policy *block*).

    `place` is the file and line at which it did, for the log and whoever runs the site.
    """

    name, title = "hook-failed", "A plugin stopped this operation"

    def __init__(self, detail: Text = "", place: tuple[str, int] = ("", 0)) -> None:
        self.place = place
        super().__init__(detail)

    @property
    def words(self) -> str:
        """Return what failed, and where when that is known."""
        file, line = self.place
        return f"{self} ({file}, line {line})" if line else str(self)
