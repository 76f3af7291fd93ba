"""Contact details in texts: a labelled corpus, and every door."""

from pathlib import Path

import pytest
from marshmallow import Schema, validate

from entraide import Kind, database, fields, runtime
from entraide.contact_details import MOST_SHOWN, find_contact_details
from entraide.directory.payloads.public_texts import is_checked
from entraide.errors import BadInput
from entraide.testing import add_member, add_offer, add_request

CORPUS = Path(__file__).parents[2] / "data" / "contact_details" / "corpus.tsv"
LINES = [line.split("\t", 1) for line in CORPUS.read_text("utf-8").splitlines()]
RECALL, PRECISION = 0.95, 0.90


def test_the_corpus_is_recognised():
    found = [(label, {one.kind for one in find_contact_details(text)}) for label, text in LINES]
    told = [(label, kinds) for label, kinds in found if kinds]
    wanted = [(label, kinds) for label, kinds in found if label != "none"]
    assert len(wanted) > 130
    assert len(found) - len(wanted) > 110
    missed = [
        text
        for (label, kinds), (_, text) in zip(found, LINES, strict=True)
        if label not in ("none", *kinds)
    ]
    assert len(missed) <= (1 - RECALL) * len(wanted), missed
    wrong = [
        text
        for (label, kinds), (_, text) in zip(found, LINES, strict=True)
        if label == "none" and kinds
    ]
    assert len(wrong) <= (1 - PRECISION) * len(told), wrong


@pytest.mark.parametrize(
    ("text", "excerpt"),
    [
        ("Appelez le 06 12 34 56 78 merci", "06 12 34 56 78"),
        ("À l'été, écrivez à Jean.Dupont@example.org.", "Jean.Dupont@example.org"),
        ("Œuvre : 12 rue de l’Église", "12 rue de l’Église"),
    ],
)
def test_the_words_are_shown_as_they_were_written(text, excerpt):
    assert [one.excerpt for one in find_contact_details(text)] == [excerpt]


def test_a_long_address_is_shown_shortened():
    (link,) = find_contact_details("https://example.org/" + "x" * 500)
    assert len(link.excerpt) == MOST_SHOWN


class CareSchema(Schema):
    note = fields.public(fields.String(validate=validate.Length(max=200)), label="Note")
    lines = fields.public(fields.List(fields.String()), label="Lignes")
    page = fields.public(fields.Url(), label="Page")
    mail = fields.public(fields.Email(), label="Adresse e-mail de l'association")
    level = fields.public(fields.one_of([("a", "A")]), label="Niveau")
    street = fields.parties(fields.String(), label="Rue", category="location")


@pytest.fixture
def care(site):
    runtime.current().kinds["care"] = Kind("care", "Garde", CareSchema)
    return runtime.current().kinds["care"]


def test_which_fields_are_looked_at(care):
    names = [name for name in CareSchema().fields if is_checked(care, name)]
    assert names == ["note", "lines"]
    assert not is_checked(care, "gone")


PHONE = "06 12 34 56 78"
WRONG = [
    ({"title": PHONE}, ["title"]),
    ({"summary": f"Oui.\n{PHONE}"}, ["summary"]),
    ({"payload": {"note": PHONE}}, ["payload"]),
    ({"payload": {"lines": ["a", PHONE]}}, ["payload"]),
    ({"title": PHONE, "summary": "3 rue Haute"}, ["title", "summary"]),
]


@pytest.mark.parametrize(("values", "where"), WRONG)
@pytest.mark.parametrize("side", ["offer", "request"])
def test_offers_and_requests_are_refused_with_the_field(care, values, where, side):
    with database.writing() as session:
        member = add_member(session, 1, "volunteer")
        add = add_offer if side == "offer" else add_request
        with pytest.raises(BadInput) as refused:
            add(session, kind="care", actor=member, **values)
        assert list(refused.value.errors) == where
        add(
            session,
            kind="care",
            actor=member,
            payload={
                "page": "https://asso.example/",
                "mail": "contact@asso.example",
                "street": "3 rue Haute",
            },
        )


def test_the_site_itself_is_held_to_it_too(care):
    with database.writing() as session, pytest.raises(BadInput):
        add_offer(session, kind="care", title="Appelez le 06 12 34 56 78")


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("fatou arobase gmail point com", ["email"]),
        ("lucas at free dot fr", ["email"]),
        ("jean_dupont chez orange point fr", ["email"]),
        ("lucas at free dot fr, et www.example.org", ["email", "link"]),
        ("free dot fr", ["link"]),
    ],
)
def test_the_end_of_an_address_is_not_a_link_too(text, kinds):
    assert [detail.kind for detail in find_contact_details(text)] == kinds
