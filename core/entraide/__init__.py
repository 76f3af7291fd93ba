"""What a plugin may import: the public names of the core."""

from __future__ import annotations

from entraide import (
    clock,
    database,
    errors,
    events,
    fields,
    hooks,
    ids,
    mail,
    outbox,
    pages,
    runtime,
    text,
)
from entraide.answers.models import OfferAnswer, OfferAnswerState
from entraide.config.keys import read_private_file
from entraide.database import Model, neutral, personal, subject
from entraide.directory.coordinators import coordinates_any
from entraide.directory.listing.described_kinds import DescribedKindRow, store_described_kinds
from entraide.directory.listing.models import DescribedKind, Listing, ListingRow
from entraide.directory.listing.own_rows import is_listed
from entraide.directory.listing.sites import site_names, store_site_name
from entraide.directory.listing.store import remove_listings, store_listings
from entraide.directory.models import Offer, Organisation, Publication
from entraide.directory.payloads.json_schema import public_json_schema
from entraide.directory.payloads.values import public_fields, public_part, published_part
from entraide.directory.payloads.versions import UpcastFailed
from entraide.fields import parties, public, sealed, staff
from entraide.help_requests.models import Answer, AnswerState, HelpRequest, RequestState
from entraide.hookspecs import API_VERSION, hookimpl
from entraide.i18n import catalogue
from entraide.journal import record_action
from entraide.kind_answers import Answers
from entraide.kinds import (
    ApiResource,
    Badge,
    Health,
    Job,
    JobRun,
    Kind,
    Link,
    ManagedOffers,
    Message,
    Panel,
    Problem,
    RemoteOffer,
    Rule,
    Workflow,
)
from entraide.labels import JournalAction, MailCategory, Scope
from entraide.members.callers import Caller, caller
from entraide.members.models import Member
from entraide.plugins.choices import is_paused
from entraide.plugins.settings import MissingSettings, settings
from entraide.policy import Actor, permission
from entraide.web.api import ApiBlueprint
from entraide.web.clients import client
from entraide.web.problems import problem_response
from entraide.web.scopes import scope

__all__ = [
    "API_VERSION",
    "Actor",
    "Answer",
    "AnswerState",
    "Answers",
    "ApiBlueprint",
    "ApiResource",
    "Badge",
    "Caller",
    "DescribedKind",
    "DescribedKindRow",
    "Health",
    "HelpRequest",
    "Job",
    "JobRun",
    "JournalAction",
    "Kind",
    "Link",
    "Listing",
    "ListingRow",
    "MailCategory",
    "ManagedOffers",
    "Member",
    "Message",
    "MissingSettings",
    "Model",
    "Offer",
    "OfferAnswer",
    "OfferAnswerState",
    "Organisation",
    "Panel",
    "Problem",
    "Publication",
    "RemoteOffer",
    "RequestState",
    "Rule",
    "Scope",
    "UpcastFailed",
    "Workflow",
    "caller",
    "catalogue",
    "client",
    "clock",
    "coordinates_any",
    "database",
    "errors",
    "events",
    "fields",
    "hookimpl",
    "hooks",
    "ids",
    "is_listed",
    "is_paused",
    "mail",
    "neutral",
    "outbox",
    "pages",
    "parties",
    "permission",
    "personal",
    "problem_response",
    "public",
    "public_fields",
    "public_json_schema",
    "public_part",
    "published_part",
    "read_private_file",
    "record_action",
    "remove_listings",
    "runtime",
    "scope",
    "sealed",
    "settings",
    "site_names",
    "staff",
    "store_described_kinds",
    "store_listings",
    "store_site_name",
    "subject",
    "text",
]
