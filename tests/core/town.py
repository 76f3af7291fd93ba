"""A small town for tests of pages and API: two associations, five people, their tokens."""

from dataclasses import dataclass, field
from itertools import count
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event

from entraide import database, runtime
from entraide.app import create_app
from entraide.directory.jobs import FOLLOWER, follower
from entraide.directory.search import Follower
from entraide.directory.search.source import ListingSource
from entraide.gazetteer import territories
from entraide.members.service import create_token
from entraide.runtime import Runtime
from entraide.testing import add_member, add_offer, add_organisation, browser, in_days, log_in

KINDS = ("tutoring", "outings", "sponsorship")
PAYLOAD = {"levels": ["6e"], "subjects": ["mathematics"], "place": "library"}


@dataclass
class Town:
    site: Runtime
    app: Flask
    association: UUID
    other: UUID
    emails: dict[str, str]
    tokens: dict[str, str] = field(default_factory=dict)

    def browse(self, who=""):
        """Return a browser; `who` is parent, coordinator, stranger, administrator or nobody."""
        client = browser(self.app)
        return log_in(client, self.emails[who]) if who else client

    def bearer(self, who):
        return {"Authorization": f"Bearer {self.tokens[who]}"}

    def body(self, **changes):
        """Return a valid offer as the API takes it; None takes a member out."""
        valid = {
            "kind": "tutoring",
            "title": "Aide aux devoirs exemple",
            "summary": "Un exemple.",
            "organisation": str(self.association),
            "territory": ["58079"],
            "verify_by": in_days(60).isoformat(),
            "payload": PAYLOAD,
        }
        return {**valid, **changes}

    def post(self, who="site", headers=None, **changes):
        return self.browse().post(
            "/api/v1/offers",
            json=self.body(**changes),
            headers={**self.bearer(who), **(headers or {})},
        )

    def add_offers(self, count, **values):
        usual = {"kind": "tutoring", "payload": PAYLOAD, "organisation_id": self.association}
        with database.writing() as session:
            made = [add_offer(session, number, **{**usual, **values}).id for number in range(count)]
        self.index()
        return made

    def index(self):
        """Bring the search index level with the listing, as the worker does."""
        while follower().step():
            continue


@pytest.fixture
def town(make_site, database_url):
    """The town on each of the two databases."""
    yield from inhabited(make_site(url=database_url, plugins=KINDS))


@pytest.fixture
def village(make_site):
    """The same on SQLite only, for tables of inputs that never reach the database."""
    yield from inhabited(make_site(plugins=KINDS))


@pytest.fixture
def inhabit(make_site):
    """A function that settles the same people on SQLite, on a site of other settings."""
    opened = []

    def settle(**options):
        opened.append(inhabited(make_site(plugins=KINDS, **options)))
        return next(opened[-1])

    yield settle
    for town in opened:
        next(town, None)


def inhabited(site):
    with runtime.activate(site):
        # Its clock goes on with each look, so that no commit waits for half a second to pass.
        folder, source = site.settings.state / "search", ListingSource(territories.gazetteer())
        FOLLOWER.fill(Follower(folder, source, monotonic=count().__next__))
        yield found(site)
        FOLLOWER.get().close()


def found(site):
    with database.writing() as session:
        people = {
            "parent": add_member(session, 1, "parent"),
            "coordinator": add_member(session, 2),
            "stranger": add_member(session, 3),
            "administrator": add_member(session, 4, "administrator"),
        }
        ours = add_organisation(session, 1, people["coordinator"], url="https://asso.example/")
        other = add_organisation(session, 2, people["stranger"])
        town = Town(
            site,
            create_app(site),
            ours.id,
            other.id,
            {name: member.email for name, member in people.items()},
        )
        for name, member in {**people, "site": None}.items():
            town.tokens[name] = create_token(
                session, name=name, scopes=["offers:write"], member=member
            )
        town.tokens["reader"] = create_token(session, name="reader", scopes=[], member=None)
    return town


@pytest.fixture
def count_queries(town):
    """Give a function that counts the SELECTs of a call."""

    def count_of(call):
        seen = []

        def note(_connection, _cursor, statement, *_rest):
            if statement.lstrip().upper().startswith("SELECT"):
                seen.append(statement)

        event.listen(town.site.database.engine, "before_cursor_execute", note)
        try:
            answer = call()
        finally:
            event.remove(town.site.database.engine, "before_cursor_execute", note)
        assert answer.status_code == 200, answer.text[:400]
        return len(seen)

    return count_of
