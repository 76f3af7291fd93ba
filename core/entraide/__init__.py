"""What a plugin may import; each name is resolved on first use (PEP 562)."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from entraide import clock as clock
    from entraide import database as database
    from entraide import errors as errors
    from entraide import events as events
    from entraide import fields as fields
    from entraide import hooks as hooks
    from entraide import ids as ids
    from entraide import outbox as outbox
    from entraide import runtime as runtime
    from entraide import text as text
    from entraide.audit import (
        record as record_action,
    )
    from entraide.config.keys import (
        read_private_file,
    )
    from entraide.database import (
        Columns,
        metadata,
        neutral,
        personal,
        subject,
    )
    from entraide.directory.listing.models import Listing
    from entraide.directory.listing.own_rows import is_listed
    from entraide.directory.listing.sites import site_names, store_site_name
    from entraide.directory.listing.store import ListingRow, remove_listings, store_listings
    from entraide.directory.models import Offer, Organisation
    from entraide.directory.payloads.values import audience_of
    from entraide.fields import (
        parties,
        public,
        sealed,
        staff,
    )
    from entraide.help_requests.models import (
        HelpRequest,
    )
    from entraide.help_requests.rules import (
        is_coordinator,
    )
    from entraide.hookspecs import (
        hookimpl,
    )
    from entraide.i18n import (
        catalogue,
    )
    from entraide.kinds import (
        ApiResource,
        Health,
        Job,
        JobRun,
        Kind,
        Link,
        Message,
        Panel,
        Problem,
        RemoteOffer,
        State,
        Workflow,
    )
    from entraide.members.models import (
        Member,
    )
    from entraide.policy import (
        permission,
    )
    from entraide.web.clients import (
        client,
    )
    from entraide.web.problems import (
        problem_response,
    )

API_VERSION = "1.0"
"""Version of the hook API; plugins declare the range that they were written for."""

__all__ = [
    "API_VERSION",
    "ApiResource",
    "Columns",
    "Health",
    "HelpRequest",
    "Job",
    "JobRun",
    "Kind",
    "Link",
    "Listing",
    "ListingRow",
    "Member",
    "Message",
    "Offer",
    "Organisation",
    "Panel",
    "Problem",
    "RemoteOffer",
    "State",
    "Workflow",
    "audience_of",
    "catalogue",
    "client",
    "clock",
    "database",
    "errors",
    "events",
    "fields",
    "hookimpl",
    "hooks",
    "ids",
    "is_coordinator",
    "is_listed",
    "metadata",
    "neutral",
    "outbox",
    "parties",
    "permission",
    "personal",
    "problem_response",
    "public",
    "read_private_file",
    "record_action",
    "remove_listings",
    "runtime",
    "sealed",
    "site_names",
    "staff",
    "store_listings",
    "store_site_name",
    "subject",
    "text",
]

_HOME = {
    "ApiResource": "entraide.kinds:ApiResource",
    "Columns": "entraide.database:Columns",
    "Health": "entraide.kinds:Health",
    "HelpRequest": "entraide.help_requests.models:HelpRequest",
    "Job": "entraide.kinds:Job",
    "JobRun": "entraide.kinds:JobRun",
    "Kind": "entraide.kinds:Kind",
    "Link": "entraide.kinds:Link",
    "Listing": "entraide.directory.listing.models:Listing",
    "ListingRow": "entraide.directory.listing.store:ListingRow",
    "Member": "entraide.members.models:Member",
    "Message": "entraide.kinds:Message",
    "Offer": "entraide.directory.models:Offer",
    "Organisation": "entraide.directory.models:Organisation",
    "Panel": "entraide.kinds:Panel",
    "Problem": "entraide.kinds:Problem",
    "RemoteOffer": "entraide.kinds:RemoteOffer",
    "State": "entraide.kinds:State",
    "Workflow": "entraide.kinds:Workflow",
    "audience_of": "entraide.directory.payloads.values:audience_of",
    "catalogue": "entraide.i18n:catalogue",
    "client": "entraide.web.clients:client",
    "clock": "entraide.clock:",
    "database": "entraide.database:",
    "errors": "entraide.errors:",
    "events": "entraide.events:",
    "fields": "entraide.fields:",
    "hookimpl": "entraide.hookspecs:hookimpl",
    "hooks": "entraide.hooks:",
    "ids": "entraide.ids:",
    "is_coordinator": "entraide.help_requests.rules:is_coordinator",
    "is_listed": "entraide.directory.listing.own_rows:is_listed",
    "metadata": "entraide.database:metadata",
    "neutral": "entraide.database:neutral",
    "outbox": "entraide.outbox:",
    "parties": "entraide.fields:parties",
    "permission": "entraide.policy:permission",
    "personal": "entraide.database:personal",
    "problem_response": "entraide.web.problems:problem_response",
    "public": "entraide.fields:public",
    "read_private_file": "entraide.config.keys:read_private_file",
    "record_action": "entraide.audit:record",
    "remove_listings": "entraide.directory.listing.store:remove_listings",
    "runtime": "entraide.runtime:",
    "sealed": "entraide.fields:sealed",
    "site_names": "entraide.directory.listing.sites:site_names",
    "staff": "entraide.fields:staff",
    "store_listings": "entraide.directory.listing.store:store_listings",
    "store_site_name": "entraide.directory.listing.sites:store_site_name",
    "subject": "entraide.database:subject",
    "text": "entraide.text:",
}


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"entraide has no public name {name!r}")
    module_name, _, attribute = home.partition(":")
    module = import_module(module_name)
    return getattr(module, attribute) if attribute else module
