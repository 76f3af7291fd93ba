"""A kind whose plugin is off: those who look after its offers and requests still read what they are."""

from zipfile import ZipFile

import pytest
from sqlalchemy import select

from entraide import app as apps
from entraide import database, runtime
from entraide.directory.listing.described_kinds import own_described
from entraide.directory.models import Offer
from entraide.help_requests.models import HelpRequest
from entraide.privacy.export import export_member
from entraide.testing import add_member, add_offer, add_organisation, add_request, browser, log_in

TOYS = '''"""Toys that families lend each other."""
from marshmallow import Schema, validate
from entraide import Kind, fields, hookimpl, public, staff

class ToySchema(Schema):
    toy = public(fields.String(validate=validate.Length(max=80)), label="Jouet")
    age = public(fields.Integer(), label="Âge", unit="mois")
    clean = public(fields.Boolean(), label="Lavable")
    shelf = staff(fields.String(), label="Étagère", purpose="find it again")

@hookimpl
def register_kinds():
    yield Kind("NAME", "LABEL", ToySchema)
'''
FIRST = TOYS.replace("NAME", "toyloan").replace("LABEL", "Prêt de jouets")
RENAMED = (
    TOYS.replace("NAME", "toys")
    .replace("LABEL", "Jouets à prêter")
    .replace("ToySchema)\n", 'ToySchema, formerly=("toyloan",))\n')
)
GIVEN = {"toy": "Petit train", "age": 30, "clean": False, "shelf": "Rue Secrète"}
SHOWN = '<dt>Jouet</dt><dd dir="auto">Petit train</dd><dt>Âge</dt><dd dir="auto">30\u00a0mois</dd>'


@pytest.fixture
def open_again(make_site, database_url):
    """A function that opens the site with a text of its plugin, which is on or off."""
    site = make_site(url=database_url, plugins=("toyloan",), files={"plugins/toyloan.py": FIRST})
    opened = []

    def again(text=FIRST, *, is_on=True):
        (site.settings.folder / "plugins" / "toyloan.py").write_text(text, "utf-8")
        fresh = apps.create_site(site.settings, {"toyloan": is_on})
        fresh.clock = site.clock
        opened.append(fresh)
        apps.remember_classification(fresh)
        return fresh

    yield again
    for fresh in opened:
        fresh.database.close()


@pytest.fixture
def posted(open_again):
    """The address of a coordinator and that of a parent; each has posted something."""
    with runtime.activate(open_again()), database.writing() as session:
        helper, parent = add_member(session, 1), add_member(session, 2, "parent")
        organisation = add_organisation(session, coordinator=helper)
        posted = {"kind": "toyloan", "payload": GIVEN}
        add_offer(session, actor=helper, organisation_id=organisation.id, **posted)
        add_request(session, actor=parent, **posted)
        return helper.email, parent.email


def of(site, model):
    with runtime.activate(site), database.reading() as session:
        return session.scalars(select(model)).one()


def read(site, email, path):
    answer = log_in(browser(apps.create_app(site)), email).get(path)
    assert answer.status_code == 200
    assert site.kinds or "Secrète" not in answer.text
    return answer.text


def test_lists_and_pages_of_those_who_look_after_them_show_type_and_fields(open_again, posted):
    helper, parent = posted
    off = open_again(is_on=False)
    assert "Prêt de jouets" in read(off, helper, "/manage")
    page = read(off, helper, f"/offers/{of(off, Offer).id}")
    assert "Prêt de jouets" in page
    assert SHOWN in page
    assert "Selon" not in page
    assert "Prêt de jouets" in read(off, parent, "/requests/mine")
    page = read(off, parent, f"/requests/{of(off, HelpRequest).id}")
    assert "Prêt de jouets" in page
    assert SHOWN in page


def test_nobody_else_sees_more_than_before(open_again, posted):
    off = open_again(is_on=False)
    client = browser(apps.create_app(off))
    assert client.get(f"/offers/{of(off, Offer).id}").status_code == 404
    assert "Petit train" not in client.get("/find").text


def test_the_table_of_a_kind_is_there_while_its_plugin_is_off(open_again, posted):
    helper, _parent = posted
    path = "/manage/offers.csv?kind=toyloan"
    with_plugin = read(open_again(), helper, path)
    off = open_again(is_on=False)
    assert path.replace("&", "&amp;") in read(off, helper, "/manage")
    assert read(off, helper, path) == with_plugin
    assert '"Jouet";"Âge (mois)";"Lavable"\r\n' in with_plugin
    assert with_plugin.endswith('"Petit train";"30";"Non"\r\n')


def test_a_kind_without_offers_has_no_table(open_again):
    with runtime.activate(open_again()), database.writing() as session:
        helper = add_member(session, 1)
        add_organisation(session, coordinator=helper)
        email = helper.email
    assert "offers.csv?kind=toyloan" not in read(open_again(is_on=False), email, "/manage")


def test_a_row_of_another_version_is_shown_without_its_fields(open_again, posted):
    helper, _parent = posted
    off = open_again(is_on=False)
    with runtime.activate(off), database.writing() as session:
        offer = session.scalars(select(Offer)).one()
        offer.payload = {"$version": "3.0", **offer.payload}
        path = f"/offers/{offer.id}"
    assert "Petit train" not in read(off, helper, path)
    assert "toyloan" in read(off, helper, "/manage")
    assert '"";"";""\r\n' in read(off, helper, "/manage/offers.csv?kind=toyloan")


def test_the_export_of_a_person_names_type_and_fields(open_again, posted, tmp_path):
    off = open_again(is_on=False)
    with runtime.activate(off), database.reading() as session:
        offer = session.scalars(select(Offer)).one()
        path = export_member(session, offer.member_id, tmp_path / "export.zip")
    with ZipFile(path) as archive:
        words = archive.read("index.html").decode()
    for text in ("Prêt de jouets", "Jouet", "Petit train", "Âge (mois)"):
        assert text in words


def test_a_renamed_kind_keeps_its_description(open_again, posted):
    def kept(site):
        with runtime.activate(site), database.reading() as session:
            return [(row.uid, row.kind, row.document["label"][0]) for row in own_described(session)]

    ((uid, *first),) = kept(open_again())
    assert first == ["toyloan", "Prêt de jouets"]
    assert kept(open_again(RENAMED)) == [(uid, "toys", "Jouets à prêter")]
    helper, _parent = posted
    assert "Jouets à prêter" in read(open_again(RENAMED, is_on=False), helper, "/manage")


def test_a_plugin_that_is_on_rules_over_what_is_kept(open_again, posted):
    helper, _parent = posted
    open_again(is_on=False)
    later = open_again(FIRST.replace('label="Jouet"', 'label="Objet"'))
    page = read(later, helper, f"/offers/{of(later, Offer).id}")
    assert "<dt>Objet</dt>" in page
    assert "<dt>Jouet</dt>" not in page


def test_a_field_that_is_closed_now_is_described_no_more(open_again, posted):
    helper, _parent = posted
    open_again(
        FIRST.replace("toy = public(", "toy = staff(").replace('"Jouet"', '"Jouet", purpose="t"')
    )
    off = open_again(is_on=False)
    assert "Petit train" not in read(off, helper, f"/offers/{of(off, Offer).id}")
