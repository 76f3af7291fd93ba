"""The steps of one sponsorship, from the first proposal to the goodbye."""

from entraide import State, Workflow, catalogue

_ = catalogue(__package__)

SPONSORING = Workflow(
    initial="proposed",
    transitions={
        "proposed": {"meet": "in_discovery", "decline": "ended"},
        "in_discovery": {"sign": "sponsored", "stop": "ended"},
        "sponsored": {"pause": "paused", "end": "ended"},
        "paused": {"resume": "sponsored", "end": "ended"},
    },
    runs_on="match",
    states={
        "proposed": State(_("Proposed"), due="P7D"),
        # Three meetings of about two weeks each, with a talk after each of them.
        "in_discovery": State(_("Getting to know each other"), due="P45D"),
        "sponsored": State(_("Sponsored"), due="P6M"),
        "paused": State(_("Paused"), due="P3M"),
        "ended": State(_("Ended")),
    },
    labels={
        "meet": _("Start the three meetings"),
        "decline": _("Decline"),
        "sign": _("Sign the agreement"),
        "stop": _("Stop here"),
        "pause": _("Pause"),
        "resume": _("Resume"),
        "end": _("Say goodbye"),
    },
)
"""Each match has its own steps: an association looks for many sponsors with one offer."""
