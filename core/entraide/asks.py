"""What the core asks plugins, one function for each hook: typed, and always through the guard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from entraide import runtime
from entraide.hook_registry import HookResult
from entraide.hooks import ask, ask_plugin, ask_relation, is_suspended
from entraide.kinds import owner_of

if TYPE_CHECKING:
    from flask import Blueprint

    from entraide.event_types import Event
    from entraide.kinds import ApiResource, Badge, Health, Kind, Link, Message, Panel, Problem, Rule
    from entraide.labels import Label
    from entraide.policy import Actor


FEDERATED = "problems.federated"
"""What a plugin asks for that objects to offers of others which could not leave this site."""


def kinds_of(plugin: str) -> list[Kind]:
    """Return the types of help of one plugin; raises HookFailed."""
    return _values(ask_plugin(plugin, "register_kinds"))


def rules_of(plugin: str) -> list[Rule]:
    """Return who may do what with a plugin's own things; raises HookFailed."""
    return _values(ask_plugin(plugin, "register_rules"))


def guarded(plugin: str, rule: Rule) -> Rule:
    """Return a plugin's rule whose relation is asked through the guard: one that fails says no."""
    relation = rule.relation
    if relation is None:
        return rule
    return replace(
        rule, relation=lambda actor, subject: ask_relation(plugin, relation, actor, subject)
    )


def labels_of(plugin: str) -> list[Label]:
    """Return what a plugin names in words; raises HookFailed."""
    return _values(ask_plugin(plugin, "register_labels"))


def blueprints_of(plugin: str) -> list[Blueprint]:
    """Return the pages of one plugin; raises HookFailed."""
    return _values(ask_plugin(plugin, "register_blueprints"))


def resources_of(plugin: str) -> list[ApiResource]:
    """Return the REST resources of one plugin; raises HookFailed."""
    return _values(ask_plugin(plugin, "register_api"))


def health() -> list[Health]:
    """Return what is wrong with this site."""
    return _values(ask("health"))


def navigation_links(member: Actor | None) -> list[HookResult[Link]]:
    """Return the entries of the menu, and of whom."""
    return ask("navigation_links", member=member)


def panels(subject: Any, member: Actor | None) -> list[HookResult[Panel]]:
    """Return the boxes of a page, and of whom."""
    return ask("panels", subject=subject, member=member)


def badges(subjects: Sequence[Any]) -> list[HookResult[Badge]]:
    """Return the marks on the rows of one page of a list, and of whom."""
    return ask("badges", subjects=subjects)


def opinions(actor: Actor | None, action: str, subject: Any) -> list[HookResult[bool]]:
    """Return what plugins say to an action, and who; one that fails says no.

    Only those are asked whom it concerns: whose action it is, whose kind of help, and who decides
    about it because the administrator agreed.
    """
    owners = dict.fromkeys([owner_of(action), *_owner_of_kind(subject), *_agreed(action, "may")])
    arguments = {"member": actor, "action": action, "subject": subject}
    return [answer for owner in owners for answer in ask_plugin(owner, "may", **arguments)]


SHIPPED = {"entraide_federation": (FEDERATED,)}
"""What parts of the kit itself may decide, by package, unless `[plugins] agreed` says otherwise."""


def decides(plugin: str, action: str) -> bool:
    """Return whether a plugin asked to decide about an action and the administrator agreed."""
    asked = runtime.current().registry.decides.get(plugin, ())
    return action in asked and action in _agreed_to(plugin)


def decides_about(plugin: str) -> list[str]:
    """Return what a plugin decides about beyond its own things."""
    asked = runtime.current().registry.decides.get(plugin, ())
    return [action for action in asked if decides(plugin, action)]


def not_agreed(plugin: str) -> list[str]:
    """Return what a plugin asks to decide about and may not: nobody has agreed."""
    asked = runtime.current().registry.decides.get(plugin, ())
    return [action for action in asked if not decides(plugin, action)]


def _agreed_to(plugin: str) -> tuple[str, ...]:
    site = runtime.current()
    module = site.registry.modules.get(plugin)
    by_default = SHIPPED.get(module.__name__, ()) if module else ()
    return site.settings.agreed.get(plugin, by_default)


def _agreed(action: str, hook: str) -> list[str]:
    # A hook that rests refuses for its own things alone: about others' it has no say.
    return [
        plugin
        for plugin in runtime.current().registry.decides
        if decides(plugin, action) and not is_suspended(plugin, hook)
    ]


def _owner_of_kind(subject: Any) -> list[str]:
    kind = runtime.current().kinds.get(_kind_of(subject))
    return [kind.plugin] if kind else []


def _kind_of(subject: Any) -> str:
    """Return the kind of an offer, of a request or of the request of an answer; else nothing."""
    kind = getattr(getattr(subject, "request", subject), "kind", "")
    return kind if isinstance(kind, str) else ""


def problems(subject: Any) -> list[Problem]:
    """Return what speaks against saving an offer, a request or a transition.

    The plugin of its kind is asked, and who judges everything, or what leaves for other sites,
    because the administrator agreed.
    """
    agreed = [*_agreed("problems", "problems")]
    if _may_leave(subject):
        agreed += _agreed(FEDERATED, "problems")
    judges = dict.fromkeys([*_owner_of_kind(subject), *agreed])
    return _values(
        [answer for judge in judges for answer in ask_plugin(judge, "problems", subject=subject)]
    )


def _may_leave(subject: Any) -> bool:
    """Return whether this is an offer of a kind that leaves for other sites; no request does."""
    kind = runtime.current().kinds.get(_kind_of(subject))
    return kind is not None and kind.federated and getattr(subject, "side", "") == "offer"


def deliver(message: Message) -> bool:
    """Return whether anybody has sent a message."""
    return any(_values(ask("deliver", message=message)))


def tell(plugin: str, event: Event, key: str) -> None:
    """Tell one plugin what happened; raises HookFailed."""
    ask_plugin(plugin, "on_event", event=event, key=key)


def _values(results: Sequence[HookResult[Any]]) -> list[Any]:
    return [result.value for result in results]
