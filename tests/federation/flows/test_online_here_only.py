"""No offer is online here, absent elsewhere, and nobody told: forms refuse it, its team reads it."""

from html import unescape

import pytest

from entraide import ManagedOffers, database, runtime
from entraide.app import create_app
from entraide.errors import BadInput
from entraide.testing import add_member, add_offer, add_organisation, browser, log_in
from entraide_federation.publishing import wanted
from entraide_federation.publishing.judging import obstacle_of

TOO_LONG = {"tags": ["é" * 100] * 90}


def add(**values):
    with database.writing() as session:
        author = add_member(session, 1)
        association = add_organisation(session, coordinator=author)
        options = {"kind": "canary", "organisation_id": association.id, "actor": author}
        return add_offer(session, **(options | values))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"payload": TOO_LONG}, "trop long pour les autres sites"),
        ({"title": "x" * 151}, "(schema)"),
        ({"summary": "e\u0301"}, "(nfc)"),
    ],
)
def test_what_no_other_site_takes_is_refused_in_the_form(origin_site, values, words):
    with pytest.raises(BadInput) as refused:
        add(**values)
    assert words in refused.value.errors["summary"][0]


@pytest.mark.parametrize("values", [{"organisation_id": None}, {"kind": "local"}])
def test_what_stays_at_home_anyway_may_be_as_it_is(origin_site, values):
    kinds = origin_site.kinds
    kinds["local"] = type(kinds["canary"])("local", "Local", kinds["canary"].schema)
    assert obstacle_of(add(payload=TOO_LONG, **values)) == ""


def test_its_team_reads_which_offers_are_online_here_only(origin_site):
    offer = add(title="Trop longue")
    client = log_in(browser(create_app(origin_site)), "member1@example.org")
    heading = "En ligne ici seulement"
    assert heading not in unescape(client.get("/manage").text)
    with database.writing() as session:
        session.merge(offer).payload = TOO_LONG
    page = unescape(client.get("/manage").text)
    assert heading in page
    assert "trop long pour les autres sites" in page
    assert f'href="/offers/{offer.id}"' in page


def test_an_upcast_that_fails_is_an_obstacle(origin_site, monkeypatch):
    offer = add(payload={"tags": ["one"]})
    kind = origin_site.kinds["canary"]
    options = {"schema_version": "2.0", "upcasts": {"1.0": lambda _payload: 1 / 0}}
    origin_site.kinds["canary"] = type(kind)(
        "canary", kind.label, kind.schema, federated=True, **options
    )
    assert obstacle_of(offer) == "upcast-failed"
    # What is published stays as it is.
    assert wanted._wish_offer(offer.id, offer) is None
    del origin_site.kinds["canary"]
    assert obstacle_of(offer) == ""
    assert ManagedOffers((offer,)).offers == (offer,)
    assert runtime.current() is origin_site
