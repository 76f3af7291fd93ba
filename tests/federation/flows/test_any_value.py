"""Any value in any member: whatever an origin signs, only that item is not shown (rule 20)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from entraide import clock, database
from entraide.app import create_app
from entraide.testing import browser
from entraide_federation.protocol import profile, proofs
from entraide_federation.reading.pull import bootstrap
from entraide_federation.store.models import Origin, SignedObject
from entraide_federation.withholding import decisions

VALUES = [
    None,
    True,
    0,
    -1,
    2**53 - 1,
    "",
    "x",
    "x" * 300,
    [],
    ["x"],
    [["x"]],
    {},
    {"x": "x"},
    {"x": [{"x": 1}]},
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "0001-01-01",
    "9999-12-31",
]
KEPT = ("origin", "id")
"""Without these an item counts nowhere."""

PAGES = [
    "/",
    "/find",
    "/organisations",
    "/api/v1/offers",
    "/api/v1/organisations",
    "/find?kind=tutoring",
    "/find?where=Clamecy",
]


def resigned(publication, document):
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    context = {"@context": unsigned.get("@context")}
    made = proofs.make_proof(unsigned | context, publication.key, publication.method, clock.now())
    return {**unsigned, "proof": made}


def mutations(publication, document):
    """Return a document once for each member and value; odd versions count nowhere."""
    for name in document.keys() - {*KEPT, "version"}:
        for value in VALUES:
            changed = {**document, name: value}
            yield changed if name == "proof" else resigned(publication, changed)
    for name in document["proof"]:
        for value in VALUES:
            yield {**document, "proof": {**document["proof"], name: value}}


def spoil(publication, identifier):
    """Publish every mutation of an object, each under an id of its own."""
    sound = publication.objects[identifier]
    for changed in list(mutations(publication, sound)):
        uid = publication._make_id()
        spoiled = {**changed, "id": uid}
        if changed["proof"] == sound["proof"] or not isinstance(changed["proof"], dict):
            publication.objects[uid] = spoiled
        else:
            again = resigned(publication, spoiled)
            is_about_proof = changed["proof"].keys() == sound["proof"].keys() and all(
                changed[name] == sound[name] for name in sound if name != "proof"
            )
            publication.objects[uid] = spoiled if is_about_proof else again
        publication.seq += 1
        publication.numbers[uid] = publication.seq


@pytest.mark.parametrize("way", ["direct", "relay"])
@pytest.mark.parametrize("kind", ["Offer", "Organisation", "Tombstone"])
def test_any_value_hides_its_item_alone(desk, relay, peer, reading_site, kind, way):
    peer.publication.publish(
        title="Avec tout",
        remote=False,
        languages=["fr"],
        accessibility="De plain-pied",
        themes=["famille"],
        audience=["familles"],
        places=3,
        ext={"tutoring": {"levels": ["6e"]}},
        schedule={"starts": "2026-12-24T18:00:00Z", "timezone": "Europe/Paris"},
    )
    last = list(peer.publication.objects)[-1]
    if kind == "Organisation":
        last = peer.publication.organise(
            summary="Une association", url="https://association.example"
        )
    if kind == "Tombstone":
        peer.withdraw(last, "erasure")
    spoil(peer.publication, last)
    peer.reissue_head()
    late = peer.publish(title="Après")
    desk.know(peer.publication)
    desk.subscribe(relay, role="hub") if way == "relay" else desk.subscribe(peer)
    for read in (desk.pull, lambda served: bootstrap(served.base)):
        relay.relay(peer.publication)
        assert read(relay if way == "relay" else peer).error == ""
        assert {late, peer.first} <= desk.listed().keys()
        assert desk.objects(peer.base).keys() == peer.publication.objects.keys()
        reading_site.clock.advance(timedelta(minutes=5))
    visitor = browser(create_app(reading_site))
    for path in PAGES:
        assert visitor.get(path).status_code == 200
    with database.writing() as session:
        origin = session.scalar(select(Origin).where(Origin.base == peer.base))
        organisation = session.get(SignedObject, peer.publication.organisation)
        decisions.hide(session, organisation, origin, "spam")
    assert late not in desk.listed()


@pytest.mark.parametrize("is_all", [True, False])
def test_any_value_of_a_withheld_keeps_back_its_target_at_most(
    desk, relay, peer, reading_site, is_all
):
    """A relay signs odd ones about one offer, or about a whole site that is none of ours."""
    offer = peer.publish(title="Retenue")
    target = "http://127.0.0.1:9999" if is_all else offer
    about = peer.publication.objects[offer]
    uid = relay.publication._make_id()
    relay.publication.store(
        {
            "@context": about["@context"],
            "id": uid,
            "type": "Withheld",
            "origin": relay.base,
            "version": about["version"],
            "target": target,
            "targetVersion": about["version"],
            "element": profile.element_of(about).hex(),
            "reason": "spam",
            "since": "2026-11-01T00:00:00Z",
        }
    )
    spoil(relay.publication, uid)
    relay.reissue_head()
    own = relay.publish(title="Du relais lui-même")
    desk.know(peer.publication, relay.publication)
    desk.subscribe(relay, role="hub")
    for read in (desk.pull, lambda served: bootstrap(served.base)):
        relay.relay(relay.publication)
        relay.relay(peer.publication)
        assert read(relay).error == ""
        assert {own, peer.first} <= desk.listed().keys()
        assert (offer in desk.listed()) is is_all
        reading_site.clock.advance(timedelta(minutes=5))
    for kept in [name for name, one in relay.publication.objects.items() if one["type"] != "Offer"]:
        if relay.publication.objects[kept].get("target") == target:
            relay.withdraw(kept)
    relay.relay(relay.publication)
    assert desk.pull(relay).error == ""
    reading_site.clock.advance(timedelta(minutes=5))
    assert bootstrap(relay.base).error == ""
    assert offer in desk.listed()
