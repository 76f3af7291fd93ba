"""Who sees an offer is one of six words, stored plain on both databases."""

import orjson
from sqlalchemy import select, text

from entraide import database
from entraide.directory.models import Offer, Publication


def test_it_is_stored_as_the_plain_word_and_compares_equal(town):
    town.add_offers(1)
    with database.reading() as session:
        stored = session.execute(text("SELECT publication FROM directory_offer")).scalar_one()
        offer = session.scalars(select(Offer)).one()
        assert (stored, offer.publication) == ("public", Publication.PUBLIC)
        standing = select(Offer).where(Offer.publication.in_(Publication.STANDING))
        assert session.scalars(standing).all() == [offer]
    assert orjson.loads(orjson.dumps({"publication": Publication.PUBLIC})) == {
        "publication": "public"
    }


def test_its_sets_hold_words_of_it_and_part_it():
    words = set(Publication)
    for named in (Publication.PROPOSED, Publication.STANDING, Publication.EXPIRING):
        assert named < words
    assert words == Publication.STANDING | Publication.OVER
    assert not Publication.STANDING & Publication.OVER


def test_the_api_describes_every_word(village):
    described = village.browse().get("/api/v1/openapi.json").json["components"]["schemas"]
    items = [schema["properties"] for schema in described.values() if "properties" in schema]
    enums = [item["publication"]["enum"] for item in items if "publication" in item]
    assert enums
    assert all(sorted(enum) == sorted(Publication) for enum in enums)
