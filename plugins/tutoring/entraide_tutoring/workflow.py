"""The steps of one pair of a tutor and a pupil."""

from entraide import State, Workflow, catalogue

_ = catalogue(__package__)

TUTORING = Workflow(
    initial="proposed",
    transitions={
        "proposed": {"visit": "first_visit", "decline": "closed"},
        "first_visit": {"agree": "active", "stop": "closed"},
        "active": {"review": "in_review", "close": "closed"},
        "in_review": {"renew": "active", "close": "closed"},
    },
    runs_on="match",
    states={
        "proposed": State(_("Proposed"), due="P7D"),
        "first_visit": State(_("First meeting with the association"), due="P14D"),
        "active": State(_("Sessions are under way"), due="P5M"),
        "in_review": State(_("Taking stock"), due="P14D"),
        "closed": State(_("Closed")),
    },
    labels={
        "visit": _("Plan the first meeting"),
        "decline": _("Decline"),
        "agree": _("Begin the sessions"),
        "stop": _("Stop here"),
        "review": _("Take stock together"),
        "renew": _("Go on"),
        "close": _("Close"),
    },
)
"""Each match has its own steps: one offer may serve several pupils."""
