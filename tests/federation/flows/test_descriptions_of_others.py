"""What other sites say of their kinds, as the pages here show it: theirs alone, plain, bounded."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from entraide import DescribedKind, clock, database
from entraide.app import create_app
from entraide.directory.listing.described_kinds import MOST_KINDS
from entraide.testing import browser
from entraide_federation import settings
from entraide_federation.listing import visibility
from entraide_federation.store.models import SignedObject
from entraide_federation.testing import FakeOrigin
from entraide_federation.withholding import decisions

HOUR = timedelta(hours=1)
FIELD = {"name": "toy", "type": "text", "label": ["Jouet", "Toy"]}
EXT = {"toyloan": {"toy": "Petit train", "secret": "Rue Secrète"}}
SHOWN = "<dt>Jouet</dt>"


@pytest.fixture
def web(reading_site):
    return browser(create_app(reading_site))


@pytest.fixture
def lender(peer, desk):
    """An origin with an offer of a kind that nobody else knows."""
    peer.toy = peer.publish(kind="toyloan", title="Un petit train", ext=EXT)
    desk.subscribe(peer)
    return peer


def page_of(web, peer, uid):
    host = peer.base.removeprefix("http://")
    answer = web.get(f"/offers/{host}/{uid.rpartition('/')[2]}")
    assert answer.status_code == 200
    return answer.text


@pytest.fixture
def read(lender, desk, web, reading_site):
    """A function that pulls the lender and returns the page of its offer."""

    def pull():
        reading_site.clock.advance(HOUR)
        assert desk.pull(lender).error == ""
        cards = web.get("/find").text
        assert "Un petit train" in cards
        page = page_of(web, lender, lender.toy)
        assert ("Prêt de jouets" in cards) == ("Prêt de jouets" in page)
        return page

    return pull


def field(**members):
    return [FIELD | members]


def test_fields_are_shown_as_words_of_the_other_site(lender, read):
    assert SHOWN not in read()
    lender.publication.describe()
    page = read()
    assert "Prêt de jouets" in page
    assert f'{SHOWN}<dd dir="auto">Petit train</dd>' in page
    host = lender.base.removeprefix("http://")
    assert f"Selon Site Exemple ({host})" in page
    assert "Secrète" not in page


def test_a_description_changes_goes_and_comes_back(lender, read):
    uid = lender.publication.describe()
    assert SHOWN in read()
    lender.publication.describe(id=uid, fields=field(label=["Objet", "Thing"]))
    page = read()
    assert ("<dt>Objet</dt>" in page, SHOWN in page) == (True, False)
    lender.publication.describe(id=uid, label=["Envoyez à exemple@example.org", "Mail"])
    assert "<dt>Objet</dt>" not in read()
    lender.publication.describe(id=uid)
    assert SHOWN in read()
    lender.withdraw(uid)
    assert SHOWN not in read()
    lender.publication.describe(id=uid)
    assert SHOWN in read()


@pytest.mark.parametrize(
    "members",
    [
        {"fields": [FIELD | {"name": f"f{number}"} for number in range(25)]},
        {"fields": field(label=["Jouet", 5])},
        {"fields": field(choices={"a": "A"})},
    ],
)
def test_a_description_that_breaks_a_rule_is_kept_and_not_shown(lender, read, members):
    uid = lender.publication.describe(**members)
    assert SHOWN not in read()
    with database.reading() as session:
        assert session.scalars(select(DescribedKind)).all() == []
        assert session.get_one(SignedObject, uid).problem == "schema"
    lender.publication.describe(id=uid)
    assert SHOWN in read()


@pytest.mark.parametrize("place", ["kind", "field", "choice", "unit"])
def test_words_that_no_page_shows_take_their_field_along(lender, read, place):
    words = ["<b>Confirmé</b>", "Toy"]
    members = {
        "kind": {"label": words},
        "field": {"fields": field(label=words)},
        "choice": {"fields": field(choices=[["Petit train", *words]])},
        "unit": {"fields": field(unit=words)},
    }[place]
    lender.publication.describe(**members)
    page = read()
    assert SHOWN not in page
    assert ("Prêt de jouets" in page) == (place != "kind")
    assert "Confirmé<" not in page


@pytest.mark.parametrize("sign", ["\u202e", "\u0000"])
def test_a_control_sign_in_a_label_breaks_no_page(lender, read, sign):
    uid = lender.publication.describe()
    assert SHOWN in read()
    lender.publication.describe(id=uid, fields=field())
    lender.publication.objects[uid]["fields"] = field(label=[f"Jou{sign}et", "Toy"])
    lender.reissue_head()
    page = read()
    assert ("<dt>Jou" in page, "Un petit train" in page) == (False, True)


def test_ten_thousand_fields_are_too_large_to_travel(lender, read):
    fields = [FIELD | {"name": f"f{number}"} for number in range(10_000)]
    lender.edit = lambda items: [*items, {"type": "Kind", "fields": fields}]
    assert SHOWN not in read()


@pytest.mark.parametrize(
    ("payload", "described", "is_shown"),
    [
        ({"toy": "Petit train"}, {}, True),
        ({"toy": "Petit train", "$version": "1.1"}, {}, False),
        ({"toy": "Petit train", "$version": "1.1"}, {"schemaVersion": "1.1"}, True),
        ({"toy": "Petit train"}, {"schemaVersion": "1.1"}, False),
        ({"toy": 5}, {}, False),
        ({"toy": ["a"]}, {}, False),
        ({"toy": {"a": {"b": "c"}}}, {}, False),
        ({"toy": None}, {}, False),
        ({"toy": True}, {}, False),
        ({"toy": ""}, {}, False),
        ({"toy": "Petit train"}, {"fields": field(type="hologram")}, False),
        ({"toy": "Petit train"}, {"fields": field(type="list")}, False),
    ],
)
def test_what_does_not_fit_the_description_is_left_out(lender, read, payload, described, is_shown):
    lender.publish(id=lender.toy, kind="toyloan", title="Un petit train", ext={"toyloan": payload})
    lender.publication.describe(**described)
    assert (SHOWN in read()) == is_shown


def test_a_payload_that_says_nothing_has_no_version(lender, read):
    lender.publish(id=lender.toy, kind="toyloan", title="Un petit train")
    lender.publication.describe(schemaVersion="2.3")
    assert "Prêt de jouets" in read()


def test_each_site_describes_its_own_offers_only(lender, read, desk, web):
    with FakeOrigin(clock.now, seed="another") as other:
        theirs = other.publish(kind="toyloan", title="Une poupée", ext={"toyloan": {"toy": "Lise"}})
        desk.subscribe(lender, other)
        lender.publication.describe()
        assert SHOWN in read()
        assert desk.pull(other).error == ""
        page = page_of(web, other, theirs)
        assert (SHOWN in page, "Prêt de jouets" in page, "Lise" in page) == (False,) * 3
        other.publication.describe(
            label=["Ludothèque", "Toys"], fields=field(label=["Nom", "Name"])
        )
        assert desk.pull(other).error == ""
        page = page_of(web, other, theirs)
        assert ("Ludothèque" in page, "<dt>Nom</dt>" in page, SHOWN in page) == (True, True, False)
        assert "Ludothèque" not in read()


def test_of_two_descriptions_of_one_kind_the_later_one_counts(lender, read, reading_site):
    first = lender.publication.describe(fields=field(label=["Premier", "First"]))
    reading_site.clock.advance(HOUR)
    second = lender.publication.describe()
    assert SHOWN in read()
    reading_site.clock.advance(HOUR)
    lender.publication.describe(id=first, fields=field(label=["Premier", "First"]))
    page = read()
    assert ("<dt>Premier</dt>" in page, SHOWN in page) == (True, False)
    lender.withdraw(first)
    assert SHOWN in read()
    assert second in lender.publication.objects


def test_a_site_describes_so_many_kinds_and_no_more(lender, read):
    for number in range(MOST_KINDS + 5):
        lender.publication.describe(f"kind_{number}")
    last = lender.publication.describe()
    assert SHOWN not in read()
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(DescribedKind)) == MOST_KINDS
    assert last in lender.publication.objects


def test_a_suspended_or_silent_site_describes_nothing(lender, read, desk, reading_site):
    def kinds():
        with database.reading() as session:
            return len(session.scalars(select(DescribedKind)).all())

    lender.publication.describe()
    assert SHOWN in read()
    with database.writing() as session:
        decisions.suspend(session, desk.origin(lender), decisions.OPERATOR)
    assert kinds() == 0
    with database.writing() as session:
        decisions.unsuspend(session, desk.origin(lender))
    assert SHOWN in read()
    reading_site.clock.advance(timedelta(days=8))
    with database.writing() as session:
        visibility.hide_silent(session, now=clock.now(), limits=settings.limits())
    assert kinds() == 0
    lender.reissue_head()
    assert SHOWN in read()


def test_what_an_older_release_stored_is_shown_after_the_next_start(lender, read, web):
    lender.publication.describe()
    assert SHOWN in read()
    with database.writing() as session:
        for row in session.scalars(select(DescribedKind)):
            session.delete(row)
    assert SHOWN not in page_of(web, lender, lender.toy)
    for _call in range(2):
        with database.writing() as session:
            visibility.describe_again(session)
    assert SHOWN in page_of(web, lender, lender.toy)


def test_a_relay_cannot_change_what_an_origin_says(desk, relay, peer, web, reading_site):
    toy = peer.publish(kind="toyloan", title="Un petit train", ext=EXT)
    peer.publication.describe()
    relay.relay(peer.publication)
    desk.know(peer.publication)
    desk.subscribe(relay, role="hub")

    def edit(items):
        return [
            item | {"label": ["Faux", "False"]} if item["type"] == "Kind" else item
            for item in items
        ]

    relay.edit = edit
    assert desk.pull(relay).error != ""
    with database.reading() as session:
        assert session.scalars(select(DescribedKind)).all() == []
    relay.edit = list
    reading_site.clock.advance(HOUR)
    assert desk.pull(relay).error == ""
    page = page_of(web, peer, toy)
    assert (SHOWN in page, "Faux" in page) == (True, False)
