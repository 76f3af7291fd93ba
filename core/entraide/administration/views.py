"""The page of plugins: which there are, what each keeps and does, and switching them on and off."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from entraide import database, runtime
from entraide.administration import words
from entraide.errors import NotFound
from entraide.i18n import Text, catalogue, language
from entraide.pages import Question, ask_first, done, permission, require_member, session
from entraide.plugins.capabilities import (
    PluginState,
    capabilities_of,
    check_settings,
    list_plugins,
)
from entraide.plugins.choices import REOPEN, check_choice, choose, list_choices

_ = catalogue("entraide")

blueprint = Blueprint("administration", __name__)


@blueprint.get("/admin/plugins")
@permission("administration.plugins")
def plugins() -> str:
    """Show every plugin of this site with its state."""
    cards = [_card(state, language()) for state in list_plugins(list_choices(session()))]
    return render_template("administration/plugins.html", plugins=cards)


def _card(state: PluginState, spoken: str) -> dict[str, object]:
    able = capabilities_of(state.name) if state.state == "running" else None
    label, look = words.STATES[state.state]
    return {
        "name": state.name,
        "title": state.about.title.get(spoken) or state.name,
        "summary": state.about.summary.get(spoken, ""),
        "state": state.state,
        "state_label": label,
        "look": look,
        "reason": state.reason,
        "decided": words.CHOSEN if state.is_chosen else words.WRITTEN,
        "facts": [*words.facts(able), *words.decisions(state.name)] if able else [],
        "calls": state.calls,
        "milliseconds": round(state.seconds * 1000),
        "queries": state.queries,
        "query_milliseconds": round(state.query_seconds * 1000),
        "grade": words.grade(state),
        "errors": state.last_errors,
        "failed_at": [datetime.fromtimestamp(moment, UTC) for moment in state.failed_at],
        "step": "disable" if state.state in ("running", "resting") else "enable",
    }


@blueprint.get("/admin/plugins/<name>/<any(enable, disable):step>")
@permission("administration.plugins")
def ask(name: str, step: str) -> str:
    """Ask first, and show what the plugin brings or what ends."""
    _known(name)
    check_choice(name, is_enabled=step == "enable")
    if step == "enable":
        check_settings(name)
    question = _enabling(name) if step == "enable" else _disabling(name)
    return ask_first(question)


@blueprint.post("/admin/plugins/<name>/<any(enable, disable):step>")
@permission("administration.plugins")
def switch(name: str, step: str) -> Response:
    """Switch a plugin on or off; this process follows before it answers, others within a second."""
    _known(name)
    if step == "enable":
        check_settings(name)
    opened = session()
    choose(opened, name=name, is_enabled=step == "enable", actor=require_member().id)
    reopen = REOPEN.find()
    if reopen is not None:
        database.sessions.after_commit(opened, reopen)
    notice = _("It is switched on.") if step == "enable" else _("It is switched off.")
    return done("/admin/plugins", notice)


def _known(name: str) -> None:
    if name not in {state.name for state in list_plugins(list_choices(session()))}:
        raise NotFound


def _enabling(name: str) -> Question:
    able = capabilities_of(name)
    meaning: list[Text] = [f"{label}{_(':')} {text}" for label, text in words.facts(able)]
    if able.failure:
        meaning = [_("It cannot be loaded, and would rest:"), able.failure]
    return Question(
        title=_("Switch this plugin on?"),
        subject=name,
        meaning=[*meaning, words.TRUSTED],
        button=_("Yes, switch it on"),
        back_url="/admin/plugins",
    )


def _disabling(name: str) -> Question:
    kinds = [str(kind.label) for kind in runtime.current().kinds.values() if kind.plugin == name]
    pausing = _("Offers and requests of these kinds pause: %(kinds)s.", kinds=", ".join(kinds))
    meaning = [words.KEPT, *([pausing, words.PAUSES] if kinds else [])]
    return Question(
        title=_("Switch this plugin off?"),
        subject=name,
        meaning=meaning,
        button=_("Yes, switch it off"),
        back_url="/admin/plugins",
    )
