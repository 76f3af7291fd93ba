"""Who may do what: a table of roles, relations and actions, evaluated in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar
from uuid import UUID

from entraide import asks
from entraide.errors import Forbidden, LoginRequired
from entraide.runtime import Slot

View = TypeVar("View", bound=Callable[..., Any])
Relation = Callable[["Actor", Any], bool]


class Actor(Protocol):
    """Whoever acts: all that decisions know of a member."""

    @property
    def id(self) -> UUID:
        """Return the member's id."""
        ...

    @property
    def roles(self) -> frozenset[str]:
        """Return the roles on the whole site."""
        ...


@dataclass(frozen=True)
class Rule:
    """One row: whoever has `role` (`anyone`, `member` or a role's name) and stands in `relation`
    to the subject may do `action`.
    """  # noqa: D205 - one sentence

    action: str
    role: str = "member"
    relation: str = ""


@dataclass
class Policy:
    """The table of one site: rows of every feature and the relations that they name."""

    rules: dict[str, list[Rule]] = field(default_factory=dict)
    relations: dict[str, Relation] = field(default_factory=dict)

    def add(self, rules: Iterable[Rule], relations: Mapping[str, Relation]) -> None:
        """Add a feature's rows; ValueError when a row names a relation that nobody declares."""
        self.relations |= relations
        for rule in rules:
            if rule.relation and rule.relation not in self.relations:
                raise ValueError(f"{rule}: no relation {rule.relation!r}")
            self.rules.setdefault(rule.action, []).append(rule)

    def default(self, actor: Actor | None, action: str, subject: Any) -> bool:
        """Return the core's own answer: deny unless a row permits."""
        return any(self._permits(rule, actor, subject) for rule in self.rules.get(action, ()))

    def _permits(self, rule: Rule, actor: Actor | None, subject: Any) -> bool:
        if rule.role == "anyone":
            return True
        if actor is None or (rule.role != "member" and rule.role not in actor.roles):
            return False
        return not rule.relation or self.relations[rule.relation](actor, subject)


POLICY = Slot("policy", Policy)
"""The table of the site."""


def allowed(actor: Actor | None, action: str, subject: Any = None) -> bool:
    """Return whether `actor` may do `action` to `subject`.

    Plugins are asked first (`may`): any False refuses, else any True permits, else the table
    decides; a plugin that fails counts as False. Nobody is permitted by default, and nobody whose
    account is suspended.
    """
    if getattr(actor, "suspended_at", None) is not None:
        return False
    opinions = asks.opinions(actor, action, subject)
    if False in opinions:
        return False
    return True in opinions or POLICY.get().default(actor, action, subject)


def admits(actor: Actor | None, action: str) -> bool:
    """Return whether some subject exists to which `actor` may do `action` (a route's first check)."""
    return any(
        rule.role == "anyone"
        or (actor is not None and (rule.role == "member" or rule.role in actor.roles))
        for rule in POLICY.get().rules.get(action, ())
    )


def require(actor: Actor | None, action: str, subject: Any = None) -> None:
    """Raise LoginRequired or Forbidden unless `actor` may do `action` to `subject`."""
    if allowed(actor, action, subject):
        return
    if actor is None:
        raise LoginRequired
    raise Forbidden


def permission(action: str | None) -> Callable[[View], View]:
    """Mark a route with the action that it performs; None leaves it open to all."""

    def mark(view: View) -> View:
        view.__permission__ = action or ""  # type: ignore[attr-defined]
        return view

    return mark
