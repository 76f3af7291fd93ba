"""Names under which the outbox keeps events: the core's by class, a plugin's with its module."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from entraide import event_types, runtime
from entraide.errors import HookFailed, PluginError
from entraide.event_types import Event


def name_of(event: type[Event]) -> str:
    """Return the name of a class: `OfferPublished`, `toys.events:ToyLent` for one of a plugin.

    PluginError when no plugin of this site has that class: nobody could rebuild it.
    """
    if event_types.KNOWN.get(event.__name__) is event:
        return event.__name__
    plugin, module = owner_of(event)
    return f"{plugin}{event.__module__.removeprefix(module.__name__)}:{event.__qualname__}"


def owner_of(event: type[Event]) -> tuple[str, ModuleType]:
    """Return the running plugin in whose package a class stands; PluginError when there is none."""
    for plugin, module in runtime.current().registry.modules.items():
        if f"{event.__module__}.".startswith(f"{module.__name__}."):
            return plugin, module
    raise PluginError(
        f"The event {event.__module__}.{event.__qualname__} belongs to no plugin that runs here. "
        "Write its class in a module of the plugin that publishes it."
    )


def class_named(name: str) -> type[Event] | None:
    """Return the class of a stored event; None when the core or the plugin has it no more.

    HookFailed while its plugin is set aside: it may come back.
    """
    owner, colon, class_name = name.partition(":")
    if not colon:
        return event_types.KNOWN.get(name)
    plugin, _point, path = owner.partition(".")
    registry = runtime.current().registry
    if plugin in registry.quarantined:
        raise HookFailed(f"the event {name} waits: the plugin {plugin} is set aside")
    if plugin not in registry.modules:
        return None
    return _class_in(registry.modules[plugin], path, class_name)


def _class_in(module: ModuleType, path: str, class_name: str) -> type[Event] | None:
    try:
        home = import_module(f"{module.__name__}.{path}") if path else module
    except ModuleNotFoundError:
        return None
    event = getattr(home, class_name, None)
    is_event = isinstance(event, type) and issubclass(event, Event)
    return event if is_event else None
