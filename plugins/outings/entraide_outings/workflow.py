"""The steps of one outing, from its announcement to its end."""

from entraide import Workflow, catalogue

_ = catalogue(__package__)

GOING_OUT = Workflow(
    initial="open",
    transitions={
        "open": {"confirm": "confirmed", "fill": "full", "cancel": "cancelled", "finish": "done"},
        "confirmed": {"fill": "full", "cancel": "cancelled", "finish": "done"},
        "full": {"reopen": "open", "cancel": "cancelled", "finish": "done"},
    },
    listed=("open", "confirmed", "full"),
    labels={
        "confirm": _("Confirm"),
        "fill": _("No place is left"),
        "reopen": _("Places are free again"),
        "cancel": _("Cancel the outing"),
        "finish": _("It has taken place"),
    },
)
"""A full outing stays in lists: people wait for a place."""
