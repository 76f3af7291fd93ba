"""Who may do what: a table of roles, relations and actions, evaluated in one place."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar
from uuid import UUID

from entraide import asks
from entraide.errors import Forbidden, LoginRequired
from entraide.hook_registry import HookResult
from entraide.hooks import listeners
from entraide.kinds import Rule, owner_of
from entraide.runtime import Slot

View = TypeVar("View", bound=Callable[..., Any])


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


@dataclass
class Policy:
    """The table of one site: the rows of every feature and plugin, by action."""

    rules: dict[str, list[Rule]] = field(default_factory=dict)

    def add(self, rules: Iterable[Rule]) -> None:
        """Add a feature's rows."""
        for rule in rules:
            self.rules.setdefault(rule.action, []).append(rule)

    def forget(self, owners: Container[str]) -> None:
        """Take out the rows of plugins that rest."""
        self.rules = {
            action: rules for action, rules in self.rules.items() if owner_of(action) not in owners
        }

    def default(self, actor: Actor | None, action: str, subject: Any) -> bool:
        """Return the core's own answer: deny unless a row permits."""
        return any(_permits(rule, actor, subject) for rule in self.rules.get(action, ()))


def _permits(rule: Rule, actor: Actor | None, subject: Any) -> bool:
    if rule.role == "anyone":
        return True
    if actor is None or (rule.role != "member" and rule.role not in actor.roles):
        return False
    return rule.relation is None or rule.relation(actor, subject)


POLICY = Slot("policy", Policy)
"""The table of the site."""


def allowed(actor: Actor | None, action: str, subject: Any = None) -> bool:
    """Return whether `actor` may do `action` to `subject`.

    Plugins are asked first (`may`), each about its own actions and about subjects of its kinds:
    any False refuses, a True permits an action of its own, else the table decides; a plugin that
    fails counts as False. Nobody is permitted by default, and nobody whose account is suspended.
    """
    if getattr(actor, "suspended_at", None) is not None:
        return False
    opinions = asks.opinions(actor, action, subject)
    if any(opinion.value is False for opinion in opinions):
        return False
    return _is_permitted_by_owner(opinions, action) or POLICY.get().default(actor, action, subject)


def admits(actor: Actor | None, action: str) -> bool:
    """Return whether some subject exists to which `actor` may do `action` (a route's first check)."""
    return any(
        rule.role == "anyone"
        or (actor is not None and (rule.role == "member" or rule.role in actor.roles))
        for rule in POLICY.get().rules.get(action, ())
    ) or _is_permitted_by_owner(asks.opinions(actor, action, None), action)


def is_ruled(action: str) -> bool:
    """Return whether anything could permit an action: a rule, or the `may` of its owner."""
    return action in POLICY.get().rules or owner_of(action) in listeners("may")


def _is_permitted_by_owner(opinions: Iterable[HookResult[bool]], action: str) -> bool:
    # What a plugin says of others' actions opens nothing, unless the administrator agreed to that.
    return any(
        opinion.value
        and (opinion.plugin == owner_of(action) or asks.decides(opinion.plugin, action))
        for opinion in opinions
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
