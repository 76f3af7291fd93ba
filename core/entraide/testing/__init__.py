"""Fixtures and factories for tests of the core, of plugins and of whole sites."""

from entraide.testing.browsers import Browser, app, browser, client, cookie_token, csrf_of, log_in
from entraide.testing.compiled import compiled_once
from entraide.testing.contract import assert_accessible, migrate_roundtrip
from entraide.testing.databases import Templates, database_url, postgresql_databases, templates
from entraide.testing.factories import (
    add_answer,
    add_member,
    add_offer,
    add_organisation,
    add_request,
    in_days,
)
from entraide.testing.members import as_member, clock, mailbox, run_job
from entraide.testing.queries import count_queries
from entraide.testing.sites import (
    BASE_URL,
    INSTANCE,
    START,
    SiteFactory,
    make_site,
    open_site,
    session,
    site,
)

__all__ = [
    "BASE_URL",
    "INSTANCE",
    "START",
    "Browser",
    "SiteFactory",
    "Templates",
    "add_answer",
    "add_member",
    "add_offer",
    "add_organisation",
    "add_request",
    "app",
    "as_member",
    "assert_accessible",
    "browser",
    "client",
    "clock",
    "compiled_once",
    "cookie_token",
    "count_queries",
    "csrf_of",
    "database_url",
    "in_days",
    "log_in",
    "mailbox",
    "make_site",
    "migrate_roundtrip",
    "open_site",
    "postgresql_databases",
    "run_job",
    "session",
    "site",
    "templates",
]
