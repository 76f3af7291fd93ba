"""What the page of plugins says, in words for whoever runs an association."""

from __future__ import annotations

from entraide import asks
from entraide.i18n import Text, catalogue, day_in_words
from entraide.plugins.capabilities import Capabilities, PluginState

_ = catalogue("entraide")

STATES: dict[str, tuple[Text, str]] = {
    "running": (_("On"), "good"),
    "resting": (_("On, but it rests: it does not work"), "warm"),
    "changing": (_("Is being switched; reload the page"), "warm"),
    "off": (_("Off"), ""),
}
CHOSEN = _("An administrator decided it.")
WRITTEN = _("The file instance.toml decides it.")
KEPT = _(
    "Nothing is deleted: what it keeps stays, and people still get a copy of their data. You can "
    "switch it on again at any time."
)
PAUSES = _(
    "They leave the lists, the search and the other sites at once. After 30 days we write to their "
    "authors. Switched on again, everything comes back."
)
TRUSTED = _(
    "A plugin is a program that runs inside the site and can read all of its data. Switch on only "
    "what you trust."
)
CATEGORIES: dict[str, Text] = {
    "identity": _("names"),
    "contact": _("ways to reach somebody"),
    "family": _("family"),
    "child": _("children"),
    "health": _("health"),
    "finance": _("money"),
    "belief": _("beliefs"),
    "location": _("places"),
    "judicial": _("criminal records"),
    "free_text": _("what people write"),
    "technical": _("technical data"),
}


TYPES: dict[str, Text] = {"offer": _("Offers"), "organisation": _("Associations")}
"""What leaves a site, by the name that the protocol gives it."""


GRADES: dict[str, Text] = {
    "gold": _("gold"),
    "silver": _("silver"),
    "bronze": _("bronze"),
    "none": _("none, not even bronze"),
}


def grade(state: PluginState) -> list[Text]:
    """Return the sentences about the last check of a plugin: its grade, when, of what."""
    check = state.check
    if check is None:
        command = f"entraide plugin check {state.name}"
        return [_("Grade: not checked on this site yet (%(command)s).", command=command)]
    day = day_in_words(check.checked_at.date())
    label = GRADES.get(check.grade, check.grade)
    if check.version:
        version = check.version
        words = _(
            "Grade: %(grade)s, checked on %(day)s, version %(version)s.",
            grade=label,
            day=day,
            version=version,
        )
    else:
        words = _("Grade: %(grade)s, checked on %(day)s.", grade=label, day=day)
    changed = _("It has changed since: what is installed now is not checked.")
    return [words] if state.is_checked else [words, changed]


def facts(able: Capabilities) -> list[tuple[Text, str]]:
    """Return pairs of what is said and its words; a pair for each thing that there is to say."""
    kept = ", ".join(str(CATEGORIES[category]) for category in able.personal_data)
    children = _("Yes: it brings people to children, or keeps data about them.")
    pairs: list[tuple[Text, str]] = [
        (_("Kinds of help"), ", ".join(str(kind.label) for kind in able.kinds)),
        (_("Personal data"), kept or str(_("none"))),
        (_("Children"), str(children) if able.meets_children else ""),
        (_("Asks other machines"), _hosts(able)),
        (_("Leaves for other sites"), _leaving(able)),
        (_("Tables"), ", ".join(able.tables)),
    ]
    return [(label, text) for label, text in pairs if text]


def decisions(plugin: str) -> list[tuple[Text, str]]:
    """Return pairs about what a running plugin decides, or asks to decide, beyond its own things."""
    pairs = (
        (_("Decides beyond its own things"), asks.decides_about(plugin)),
        (_("Asks to decide, and nobody has agreed"), asks.not_agreed(plugin)),
    )
    return [(label, ", ".join(actions)) for label, actions in pairs if actions]


def _leaving(able: Capabilities) -> str:
    labels = TYPES | {kind.name: kind.label for kind in able.kinds}
    return ", ".join(str(labels.get(name, name)) for name in able.federated_types)


def _hosts(able: Capabilities) -> str:
    named = [
        str(_("those that the settings name")) if host == "*" else host
        for host in able.outbound_hosts
    ]
    return ", ".join(named)
