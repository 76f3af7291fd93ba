"""Pages of a plugin: who asks, the request's transaction, forms, notices, "ask first", permissions.

A view is a Flask view of a blueprint with `template_folder="templates"`; each route is marked with
`permission`, and its templates extend `base.html` and use the macros in `components/`.
"""

from entraide.pages.addresses import commune_name, offer_url, organisation_url, request_url
from entraide.pages.forms import Form, empty_form, sent_form
from entraide.pages.lists import RowList, read_list
from entraide.pages.members import current_member, require_member
from entraide.pages.notices import done, say
from entraide.policy import allowed, permission, require
from entraide.web.ask_first import Question, ask_first
from entraide.web.panels import DASHBOARD, HUB
from entraide.web.transactions import session

__all__ = [
    "DASHBOARD",
    "HUB",
    "Form",
    "Question",
    "RowList",
    "allowed",
    "ask_first",
    "commune_name",
    "current_member",
    "done",
    "empty_form",
    "offer_url",
    "organisation_url",
    "permission",
    "read_list",
    "request_url",
    "require",
    "require_member",
    "say",
    "sent_form",
    "session",
]
