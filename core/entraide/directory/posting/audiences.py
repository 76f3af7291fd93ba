"""Who will see what of a draft: one panel of the review for each audience, in exact words."""

from __future__ import annotations

from dataclasses import dataclass

from entraide.directory import places
from entraide.directory.payloads import audience_of, described
from entraide.directory.posting.asking import Asked
from entraide.directory.posting.steps import last_day_of, schedule_of
from entraide.directory.schedule_words import in_words
from entraide.i18n import Text, catalogue, date_in

_ = catalogue("entraide")

Pairs = list[tuple[str, str]]
LOGIN = _("The one that you log in with")


@dataclass(frozen=True)
class Panel:
    """What one audience sees: its pictogram, its title, a sentence more, pairs of words."""

    icon: str
    title: Text
    note: Text
    pairs: Pairs


def panels_of(asked: Asked, name: str) -> list[Panel]:
    """Return who sees what; `name` is how the site calls the author, empty for a visitor."""
    panels = _of_offer(asked, name) if asked.side == "offer" else _of_request(asked, name)
    return [panel for panel in panels if panel.pairs]


def _of_offer(asked: Asked, name: str) -> list[Panel]:
    return [
        Panel(
            "eye", _("What everyone can see"),
            _where_shown(asked),
            _common(asked, _name_shown(asked)),
        ),
        Panel(
            "people", _("What members of this site can see"), _("With an account, on this site."),
            _described(asked, "members"),
        ),
        Panel(
            "lock", _("What only the people concerned see"),
            _("You, whoever you help, and the association."), _described(asked, "parties"),
        ),
        Panel(
            "lock", *_for_deciders(asked),
            [(str(_("Who wrote it")), _author(name)), *_described(asked, "staff", "sealed")],
        ),
    ]  # fmt: skip


def _of_request(asked: Asked, name: str) -> list[Panel]:
    contact = [(str(_("Your name")), _author(name)), (str(_("Your e-mail address")), str(LOGIN))]
    return [
        Panel(
            "people", _("What people who may help see"),
            _("The volunteers and associations of this site. They do not see your name."),
            _common(asked, ""),
        ),
        Panel(
            "lock", _("What the person whom you choose sees"),
            _("Only once you both said yes. Nobody sees it before."),
            [*contact, *_described(asked, "members", "parties")],
        ),
        Panel(
            "lock", _("What only the association sees"), _("Nobody else, not even members."),
            _described(asked, "staff", "sealed"),
        ),
    ]  # fmt: skip


def _common(asked: Asked, organisation: str) -> Pairs:
    answers = asked.draft["who"]
    return [
        (str(_("Kind of help")), str(asked.kind.label)),
        (str(_("Title")), answers["title"]),
        *_described(asked, "public"),
        (str(_("More about it")), answers["summary"]),
        (str(_("When?")), in_words(schedule_of(asked))),
        (str(_("Commune")), ", ".join(places.names([asked.draft["where"]["code"]]))),
        (str(_("How many can you help?")), str(answers["places"] or "")),
        (str(_("In whose name?")), organisation),
        (str(_("True until")), date_in(last_day_of(asked))),
    ]


def _for_deciders(asked: Asked) -> tuple[Text, Text]:
    """Name those who decide about an offer, and so see who wrote it."""
    if asked.draft["who"]["organisation"] in dict(asked.organisations):
        return (
            _("What only the association sees"),
            _("And the team of this site. Nobody else, not even members."),
        )
    return _("What only the team of this site sees"), _("Nobody else, not even members.")


def _where_shown(asked: Asked) -> Text:
    """Say how far a public offer goes: only those of organisations leave the site."""
    if asked.kind.federated and asked.draft["who"]["organisation"] in dict(asked.organisations):
        return _("On this site and on its partner sites, without an account.")
    return _("On this site only, without an account.")


def _name_shown(asked: Asked) -> str:
    organisation = dict(asked.organisations).get(asked.draft["who"]["organisation"])
    return organisation or str(_("“A member of this site”. Your name is not shown."))


def _author(name: str) -> str:
    return name or str(_("Your name, once you are logged in"))


def _described(asked: Asked, *audiences: str) -> Pairs:
    details = asked.draft["who"]["details"]
    shown = {name: details[name] for name in details if audience_of(asked.kind, name) in audiences}
    return described(asked.kind, shown)
