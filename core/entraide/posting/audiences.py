"""Who will see what of a draft: one panel of the review for each circle of readers."""

from __future__ import annotations

from dataclasses import dataclass

from entraide.directory.payloads.values import described
from entraide.gazetteer import territories
from entraide.i18n import Text, catalogue, date_in
from entraide.kind_rules import Question
from entraide.posting.asking import Asked
from entraide.posting.sections import ORDER, reader_of, section_for
from entraide.posting.steps import last_day_of, schedule_of
from entraide.posting.who import labelled_words
from entraide.readers import Reader
from entraide.schedules.words import in_words

_ = catalogue("entraide")

Pairs = list[tuple[str, str]]
LOGIN = _("The one that you log in with")


@dataclass(frozen=True)
class AudiencePanel:
    """What one audience sees: its pictogram, its title, a sentence more, pairs of words."""

    icon: str
    title: Text
    note: Text
    pairs: Pairs


def panels_of(asked: Asked, name: str) -> list[AudiencePanel]:
    """Return who sees what; `name` is how the site calls the author, empty for a visitor."""
    more = _beside(name)
    panels = [
        AudiencePanel(
            *section_for(asked, reader), [*more.get(reader, []), *_described(asked, reader)]
        )
        for reader in ORDER[asked.side]
    ]
    panels[0].pairs[:] = _common(asked, panels[0].pairs)
    return [panel for panel in panels if panel.pairs]


def _common(asked: Asked, details: Pairs) -> Pairs:
    words = labelled_words(asked)
    title, places = words.pop("title"), words.pop("places", ("", ""))
    return [
        (str(_("Kind of help")), str(asked.kind.label)),
        title,
        *details,
        *words.values(),
        (_asked_as(asked, "when") or str(_("When?")), in_words(schedule_of(asked))),
        (
            _asked_as(asked, "where") or str(_("Commune")),
            ", ".join(territories.names([asked.draft["where"]["code"]])),
        ),
        places,
        (str(_("In whose name?")), _name_shown(asked) if asked.side == "offer" else ""),
        (str(_("True until")), date_in(last_day_of(asked))),
    ]


def _asked_as(asked: Asked, name: Question) -> str:
    """Return how the kind words a question of the core, empty when it does not."""
    return str(asked.kind.question(name, asked.side))


def _name_shown(asked: Asked) -> str:
    organisation = dict(asked.organisations).get(asked.draft["who"]["organisation"])
    return organisation or str(_("“A member of this site”. Your name is not shown."))


def _beside(name: str) -> dict[Reader, Pairs]:
    author = name or str(_("Your name, once you are logged in"))
    return {
        Reader.TEAM: [(str(_("Who wrote it")), author)],
        Reader.CHOSEN: [
            (str(_("Your name")), author),
            (str(_("Your e-mail address")), str(LOGIN)),
        ],
    }


def _described(asked: Asked, reader: Reader) -> Pairs:
    details = asked.draft["who"]["details"]
    shown = {name: details[name] for name in details if reader_of(asked, name) == reader}
    return described(asked.kind, shown)
