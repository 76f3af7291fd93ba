"""Example data: loaded once, into an empty development site only."""

from datetime import date

import pytest
from sqlalchemy import func, select

from entraide import clock, database, runtime, seeding
from entraide.directory.listing.models import Listing
from entraide.directory.models import Offer, Organisation
from entraide.errors import BadInput, ConfigurationError
from entraide.help_requests.models import HelpRequest
from entraide.outbox.models import OutboxEvent

PLUGINS = ("tutoring",)
DEVELOPMENT = '[server]\nworker = "embedded"\n'
SEED = """
[[organisations]]
key = "one"
name = "Association Exemple"
territory = ["58079"]

[[members]]
key = "parent1"
email = "parent1@example.org"
name = "Parent Exemple 1"
roles = ["parent"]

[[members]]
key = "volunteer1"
email = "volunteer1@example.org"
name = "Bénévole Exemple 1"
roles = ["volunteer"]
coordinates = ["one"]

[[offers]]
kind = "tutoring"
organisation = "one"
title = "Aide aux devoirs"
territory = ["58079"]
verify_by_in_days = 60
schedule = { starts_in_days = 1, hour = 17, duration_minutes = 90, rrule = "FREQ=WEEKLY;BYDAY=WE" }
payload = { levels = ["6e"], subjects = ["mathematics"], place = "library" }

[[requests]]
member = "parent1"
kind = "tutoring"
title = "Maths en sixième"
territory = ["58079"]
verify_by_in_days = 20
payload = { levels = ["6e"], subjects = ["mathematics"], place = "home" }
answers = [{ member = "volunteer1", message = "Je peux le mercredi." }]
"""


def opened(make_site, url, seed=SEED, **options):
    base = "http://127.0.0.1:8000"
    return make_site(
        url=url, plugins=PLUGINS, base_url=base, files={"seed.toml": seed, **LOCAL}, **options
    )


LOCAL = {"local.toml": "[site]\ndevelopment = true\n"}


def counts():
    with database.reading() as session:
        return [
            session.scalar(select(func.count()).select_from(table))
            for table in (Organisation, Offer, HelpRequest, Listing)
        ]


def test_examples_are_loaded_once(make_site, database_url):
    with runtime.activate(opened(make_site, database_url)):
        assert seeding.seed()
        assert counts() == [1, 1, 1, 2]
        assert not seeding.seed()
        assert counts() == [1, 1, 1, 2]
        with database.reading() as session:
            names = session.scalars(select(OutboxEvent.name)).all()
        assert names.count("OrganisationAdded") == 1


def test_titles_are_marked_and_dates_count_from_today(make_site, database_url):
    with runtime.activate(opened(make_site, database_url)):
        seeding.seed()
        with database.reading() as session:
            offer = session.scalars(select(Offer)).one()
        assert offer.title == "Exemple : Aide aux devoirs"
        assert (offer.verify_by - clock.today()).days == 60
        starts = offer.schedule["starts"]
        assert date.fromisoformat(starts[:10]).weekday() == 2, "the rule names Wednesday"
        assert starts.endswith("T17:00:00"), "the hour of a series is local time"


def test_without_a_file_there_is_nothing_to_do(make_site):
    with runtime.activate(make_site(plugins=PLUGINS)):
        assert not seeding.seed()


def test_examples_are_refused_on_a_real_site(make_site):
    site = make_site(plugins=PLUGINS, files={"seed.toml": SEED})
    with runtime.activate(site), pytest.raises(ConfigurationError, match="development only"):
        seeding.seed()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"territory": ["99999"]}, "territory"),
        ({"payload": {}}, "payload"),
        ({"seats": 3}, "seats"),
        ({"places": "many"}, "places"),
    ],
)
def test_an_offer_of_a_seed_is_held_to_what_programs_may_send(make_site, change, field):
    row = {
        "kind": "tutoring",
        "title": "Aide aux devoirs",
        "territory": ["58079"],
        "verify_by_in_days": 60,
        "places": 3,
        "payload": {"levels": ["6e"], "subjects": ["mathematics"], "place": "library"},
    }
    with runtime.activate(make_site(plugins=PLUGINS)):
        assert seeding.offer_input(row).seats == 3
        with pytest.raises(BadInput) as refused:
            seeding.offer_input(row | change)
    assert list(refused.value.errors) == [field]
