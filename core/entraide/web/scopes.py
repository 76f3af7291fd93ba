"""Which token may call a route of the API: each says so by `@scope("toys:read")`."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from difflib import get_close_matches
from functools import wraps
from typing import Any, TypeVar

from flask import Response, g, request

from entraide import hook_calls, runtime
from entraide.database.sessions import refused
from entraide.errors import EntraideError, LoginRequired, PluginError, PluginUnavailable
from entraide.labels import LABELS
from entraide.plugins.loading import BUILT_IN_NAMES
from entraide.runtime import Slot
from entraide.web.transactions import SAFE

View = TypeVar("View", bound=Callable[..., Any])

CHECK_TOKEN: Slot[Callable[[str], None]] = Slot("check of the tokens of programs")
"""Raises LoginRequired or InsufficientScope unless the request's token has a scope."""
PREFIX = "/api/v1"
ONLY_READ = "a resource that is read (GET) changes nothing: write in POST, PUT, PATCH or DELETE"
METHODS = ("get", "post", "put", "patch", "delete")


class InsufficientScope(EntraideError):
    """The token is live and may do something else than this."""

    name, status, title = "insufficient-scope", 403, "This token may not do that"

    def __init__(self, scope: str, scopes: list[str]) -> None:
        self.scope = scope
        held = ", ".join(scopes) or "none"
        super().__init__(
            f"This needs the scope {scope}; the token has {held}. Create another one: "
            f"entraide token create --scope {scope}"
        )


def scope(name: str | None) -> Callable[[View], View]:
    """Mark a route of the API with the scope that a token needs; None leaves it open to all."""

    def mark(view: View) -> View:
        marks = vars(view)
        marks["__scope__"] = name or ""
        if name:
            # Where flask-smorest keeps what its decorator `doc` adds.
            described = deepcopy(getattr(view, "_apidoc", {}))
            described.setdefault("manual_doc", {})["security"] = [{"token": [name]}]
            marks["_apidoc"] = described
        return view

    return mark


def guarded(plugin: str, endpoint: str, view: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a view of the API with the check of its scope; PluginError when it says none."""
    scopes = _scopes_of(plugin, endpoint, view)
    is_builtin = plugin in BUILT_IN_NAMES

    @wraps(view)
    def checked(**values: Any) -> Any:
        if plugin in runtime.current().registry.quarantined:
            rest()
        with hook_calls.answering(plugin):
            method = "get" if request.method == "HEAD" else request.method.lower()
            if needed := scopes.get(method, ""):
                CHECK_TOKEN.get()(needed)
            g.scope = needed
            if is_builtin or request.method not in SAFE:
                return view(**values)
            with refused(ONLY_READ):
                return view(**values)

    return checked


def rest(**_values: Any) -> Any:
    """Answer for a plugin that is set aside."""
    raise PluginUnavailable("The plugin of this resource is set aside. Its data is kept.")


def _scopes_of(plugin: str, endpoint: str, view: Callable[..., Any]) -> dict[str, str]:
    """Return the scope of each method, empty for one that is open to all."""
    methods = {name: getattr(getattr(view, "view_class", view), name, None) for name in METHODS}
    if not hasattr(view, "view_class"):
        methods = dict.fromkeys(METHODS, view)
    scopes = {
        name: getattr(function, "__scope__", None)
        for name, function in methods.items()
        if function is not None
    }
    for name in scopes.values():
        if name is None:
            raise PluginError(
                f"Plugin {plugin}: the resource {endpoint} says nothing about which token may call "
                f'it. Add @scope("{plugin}:read") under the route, or @scope(None) when it is open '
                "to all."
            )
        if name and name not in LABELS.get().scopes:
            raise _unknown(plugin, endpoint, name)
    return {name: marked or "" for name, marked in scopes.items()}


def _unknown(plugin: str, endpoint: str, name: str) -> PluginError:
    close = get_close_matches(name, LABELS.get().scopes, 1)
    hint = f"Did you mean {close[0]}? " if close else ""
    return PluginError(
        f"Plugin {plugin}: no token can call {endpoint}: nobody declares the scope {name!r}. {hint}"
        f'Yield Scope("{name}", _("…")) from register_labels.'
    )


def scopes_in_words() -> str:
    """Return the scopes of this site with their labels, for the description of the API."""
    lines = [f"- `{name}`: {label.label}" for name, label in sorted(LABELS.get().scopes.items())]
    return "A token of `entraide token create`. Its scopes:\n" + "\n".join(lines)


def say_how(response: Response) -> Response:
    """Name the scheme in every answer of the API that asks for a token (RFC 6750)."""
    if not request.path.startswith(PREFIX):
        return response
    if response.status_code == LoginRequired.status:
        response.headers["WWW-Authenticate"] = "Bearer"
    elif response.status_code == InsufficientScope.status and (needed := g.get("missing_scope")):
        response.headers["WWW-Authenticate"] = (
            f'Bearer error="insufficient_scope", scope="{needed}"'
        )
    return response
