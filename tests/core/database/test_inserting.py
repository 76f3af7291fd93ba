"""An INSERT that knows ON CONFLICT, on both databases; an error of one field."""

from sqlalchemy import select

from entraide import database
from entraide.directory.listing.models import OtherSite
from entraide.errors import BadInput


def test_what_is_there_already_stays_or_is_replaced(site):
    with database.writing() as session:
        row = database.insert(session, OtherSite).values(base="https://a.example", name="A")
        for _time in range(2):
            session.execute(row.on_conflict_do_nothing())
        other = database.insert(session, OtherSite).values(base="https://a.example", name="B")
        session.execute(other.on_conflict_do_nothing())
        assert session.scalars(select(OtherSite.name)).all() == ["A"]
        session.execute(
            other.on_conflict_do_update(index_elements=["base"], set_={"name": other.excluded.name})
        )
        session.expire_all()
        assert session.scalars(select(OtherSite.name)).all() == ["B"]


def test_an_error_of_one_field_says_it_there_and_in_all():
    error = BadInput.at("kind", "Choose another kind.")
    assert (str(error.detail), error.errors) == (
        "Choose another kind.",
        {"kind": ["Choose another kind."]},
    )
