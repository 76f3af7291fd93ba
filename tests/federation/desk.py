"""A development site that reads fake origins on loopback, on each of the two databases."""

import hashlib

import pytest
from sqlalchemy import select, text

from entraide import clock, database, runtime
from entraide_federation import reading
from entraide_federation.reading import sources
from entraide_federation.reading.pull import open_client
from entraide_federation.store.models import Origin, SecurityEvent, SignedObject, Source
from entraide_federation.testing import FakeOrigin

OWN_BASE = "http://127.0.0.1:9"
LOCAL = f'[site]\ndevelopment = true\nbase_url = "{OWN_BASE}"\n'


@pytest.fixture
def reading_site(make_site, database_url):
    made = make_site(url=database_url, plugins=("federation",), files={"local.toml": LOCAL})
    with runtime.activate(made):
        yield made


@pytest.fixture
def peer(reading_site):
    """An origin with one association and one offer."""
    with FakeOrigin(clock.now) as origin:
        origin.first = origin.publish(title="Aide aux devoirs")
        yield origin


@pytest.fixture
def relay(reading_site):
    with FakeOrigin(clock.now, seed="relay") as hub:
        yield hub


class Desk:
    """What a test asks of the reading site."""

    def subscribe(self, *origins, role="origin", **options):
        peers = [{"base": one.base, "role": role, **options} for one in origins]
        with database.writing() as session:
            sources.sync_configured(session, {"peers": peers})

    def know(self, *publications):
        """Say that an operator has pinned these origins: what a relay brings of them is shown."""
        with database.writing() as session:
            session.add_all(
                Origin(
                    base=one.base,
                    root_fingerprint=one.fingerprint,
                    pinned_by="configuration",
                    confirmed_at=clock.now(),
                )
                for one in publications
            )

    def pull(self, origin):
        return reading.pull_source(origin.base)

    def confirm(self):
        """Ask the unconfirmed origins that are due; return how many answered."""
        with open_client() as http:
            return reading.confirm_due(http, lambda: False)

    def pull_confirmed(self, relay):
        """Pull a relay, and let the origins that it named speak for themselves."""
        outcome = self.pull(relay)
        self.confirm()
        return outcome

    def objects(self, base=None):
        """Return id → type of what is stored of others."""
        with database.reading() as session:
            rows = session.execute(
                select(SignedObject.uid, SignedObject.type, Origin.base).join(
                    Origin, Origin.id == SignedObject.origin_id
                )
            )
            return {uid: kind for uid, kind, origin in rows if base in (None, origin)}

    def listed(self):
        with database.reading() as session:
            rows = session.execute(text("SELECT uid, title FROM directory_listing"))
            return dict(map(tuple, rows))

    def source(self, origin):
        with database.reading() as session:
            return session.get_one(Source, origin.base)

    def origin(self, origin):
        with database.reading() as session:
            return session.scalar(select(Origin).where(Origin.base == origin.base))

    def events(self):
        with database.reading() as session:
            return list(session.scalars(select(SecurityEvent.name).order_by(SecurityEvent.id)))

    def fingerprint(self):
        """Return one hash over everything that was read and where the reading stands."""
        digest = hashlib.sha256()
        with database.reading() as session:
            for statement in (
                "SELECT uid, version, element, body, type, problem FROM federation_object ORDER BY uid",
                "SELECT uid, title, organisation, territory, updated_at FROM directory_listing ORDER BY uid",
                "SELECT base, head, head_seq, live_count, state FROM federation_origin ORDER BY base",
                "SELECT base, cursor, state FROM federation_source ORDER BY base",
            ):
                for row in session.execute(text(statement)):
                    digest.update(repr(tuple(row)).encode())
        return digest.hexdigest()


@pytest.fixture
def desk(reading_site):
    return Desk()
