"""The steps of one outing, from its announcement to its end."""

from entraide import Workflow, catalogue

_ = catalogue(__package__)

GOING_OUT = Workflow(
    initial="open",
    transitions={
        "open": {"confirm": "confirmed", "cancel": "cancelled", "finish": "done"},
        "confirmed": {"cancel": "cancelled", "finish": "done"},
    },
    listed=("open", "confirmed"),
    labels={
        "confirm": _("Confirm"),
        "cancel": _("Cancel the outing"),
        "finish": _("It has taken place"),
    },
)
"""Whether places are left says the count of those who come: a full one stays in lists."""
