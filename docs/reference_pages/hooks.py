"""The page of the hooks: signature, when each is asked, what its failure means, who uses it."""

from __future__ import annotations

import inspect
import re
from typing import Any

from entraide import hookspecs
from entraide.hook_policies import POLICIES, HookPolicy
from reference_pages.modules import plugins

PATH = "hooks.md"

HEAD = """# Hooks

What a plugin may implement: a function of the same name with `@hookimpl`. It may take fewer
arguments than the hook has. `None` means "nothing to say". Every call goes through the guard
(`entraide.hooks`): each implementation on its own, in the plugins' order, its result checked, its
failure contained.

```
start-up      register_settings ─ register_kinds ─ register_rules ─ register_labels
                 ─ register_blueprints ─ register_api ─ register_commands ─ register_jobs ─ health (also in `entraide status`)
each page     navigation_links ─ panels ─ badges (once for all rows of a list)
each action   may ─ problems ─ (saved)                an offer arrives: accept_remote_offer
commit        ──────────────────────────────────────────────────────────────────────────
afterwards    on_event ─ deliver
```

Order: dependencies, then the position in `instance.toml`, then the name; `deliver` is asked in the
reverse order, so that the built-in e-mail answers last.
"""

FAILURES = {
    "quarantine": "the plugin is set aside until the next start: its pages answer 503, its data "
    "stays, the site runs",
    "skip": "this plugin's result is left out; after 5 failures in 10 minutes the hook rests for "
    "15 minutes",
    "deny": "taken as a refusal",
    "next": "the next implementation is asked",
    "retry": "asked again after 1 minute, 5, 30, 2 hours, 12 hours; then kept as a dead letter",
    "block": "the operation stops and says so",
}


def write() -> str:
    """Return the page."""
    parts = [HEAD]
    for phase, names in phases().items():
        parts.append(f"\n## {phase.capitalize()}\n")
        parts += [_entry(name) for name in names]
    return "".join(parts)


def phases() -> dict[str, list[str]]:
    """Return the hooks under the banners of `hookspecs.py`, in its order."""
    found: dict[str, list[str]] = {}
    phase = ""
    for line in inspect.getsource(hookspecs).splitlines():
        if banner := re.match(r"# -+ ([a-z -]+?) -+$", line):
            phase = banner.group(1)
        elif function := re.match(r"def (\w+)\(", line):
            found.setdefault(phase, []).append(function.group(1))
    return found


def _entry(name: str) -> str:
    function: Any = getattr(hookspecs, name)
    policy = POLICIES[name]
    signature = str(inspect.signature(function)).replace("'", "")
    return (
        f"\n### `{name}`\n\n```python\n{name}{signature}\n```\n\n{inspect.getdoc(function)}\n\n"
        f"- returns: {_returned(policy)}\n"
        f"- when it fails (*{policy.failure}*): {FAILURES[policy.failure]}\n"
        f"- used by: {', '.join(_users(name)) or 'nobody'}\n"
    )


def _returned(policy: HookPolicy) -> str:
    words = policy.returns_words
    if words == "NoneType":
        return "nothing"
    if policy.is_iterable:
        return f"any number of `{words}`"
    return f"`{words}` or `None`" + (", the first answer counts" * policy.is_first_result)


def _users(hook: str) -> list[str]:
    return [f"`{name}`" for name, module in plugins().items() if hook in vars(module)]
