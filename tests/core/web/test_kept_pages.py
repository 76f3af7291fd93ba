"""Pages that are the same for everybody are made once, until something that they show changes."""

import gzip
from datetime import timedelta

import pytest
from sqlalchemy import delete, event, update

from entraide import database, store_site_name
from entraide.directory.listing.models import Listing
from entraide.directory.models import OrganisationMember
from entraide.directory.pages import find
from entraide.members.accounts import find_member
from entraide.server import REFUSED
from entraide.testing import add_member, browser, csrf_of, log_in
from entraide.web.kept_pages import MOST_BYTES, Kept, KeptPage

GOODBYE = "La déconnexion est faite."


@pytest.fixture
def made(town):
    """A function that opens a page without a cookie and returns how often it asked the database."""

    def ask(path, **headers):
        statements = []

        def note(_connection, _cursor, statement, *_rest):
            statements.append(statement)

        event.listen(town.site.database.engine, "before_cursor_execute", note)
        try:
            answer = browser(town.app).get(path, headers=headers)
        finally:
            event.remove(town.site.database.engine, "before_cursor_execute", note)
        assert answer.status_code == 200, path
        return answer, len(statements) > 0

    return ask


@pytest.fixture
def paths(town):
    offer = town.add_offers(1)[0]
    return [
        "/",
        "/find",
        "/find?q=exemple",
        "/organisations",
        f"/organisations/{town.association}",
        f"/offers/{offer}",
    ]


def test_a_page_is_made_once_and_is_the_same(paths, made):
    for path in paths:
        first, is_made = made(path)
        again, is_made_again = made(path)
        assert (is_made, is_made_again) == (True, False), path
        assert first.data == again.data
        for answer in (first, again):
            assert "Set-Cookie" not in answer.headers
            assert {"Cookie", "Accept-Language", "Accept-Encoding"} <= set(answer.vary)
        assert first.headers["Content-Security-Policy"] == again.headers["Content-Security-Policy"]


def test_language_address_and_coding_are_told_apart(paths, made):
    for path in paths:
        french, _ = made(path)
        english, _ = made(path, **{"Accept-Language": "en"})
        assert '<html lang="fr"' in french.text
        assert '<html lang="en"' in english.text
        packed, _ = made(path, **{"Accept-Encoding": "gzip"})
        assert not made(path, **{"Accept-Encoding": "br, gzip;q=0.5"})[1]
        assert not made(path, **{"Accept-Encoding": "gzip;q=0"})[1]
        assert packed.headers["Content-Encoding"] == "gzip"
        assert len(packed.data) < len(french.data)
        assert gzip.decompress(packed.data).decode() == french.text
    assert made("/find?q=exemple")[0].text != made("/find?q=autre")[0].text


@pytest.mark.parametrize("path", ["/api/v1/offers?limit=2", "/api/v1/organisations"])
def test_lists_for_programs_are_kept_as_long(town, made, path):
    first, is_made = made(path)
    again, is_made_again = made(path)
    assert (is_made, is_made_again) == (True, False)
    assert first.data == again.data
    assert first.headers == again.headers
    town.add_offers(1, title="Encore une")
    later, is_made_later = made(path)
    assert is_made_later
    assert later.json["items"]
    assert not made(path, Authorization="Bearer 0")[1]


def withdraw(town):
    with database.writing() as session:
        session.query(Listing).filter(Listing.type == "offer").delete()


def retitle(town):
    with database.writing() as session:
        session.execute(update(Listing).values(title="Un autre titre"))
    town.index()


def rename():
    with database.writing() as session:
        store_site_name(session, "https://ailleurs.example", "Un site ailleurs")


def touch_index(town):
    folder = town.site.settings.state / "search"
    position = folder / "position.json"
    (folder / "copy").write_bytes(position.read_bytes())
    (folder / "copy").replace(position)


CHANGES = {
    "an offer more": lambda town: town.add_offers(1),
    "an offer less": withdraw,
    "another title": retitle,
    "a site's name": lambda _town: rename(),
    "the next day": lambda town: town.site.clock.advance(timedelta(days=1)),
    "the index alone": touch_index,
}


@pytest.mark.parametrize("change", CHANGES)
def test_it_is_made_again_after_a_change(town, paths, made, change):
    lists = [path for path in paths if not path.startswith("/offers/")]
    for path in lists:
        made(path)
    CHANGES[change](town)
    for path in lists:
        assert made(path)[1], (path, change)


def test_what_changes_while_a_page_is_made_is_on_the_next(town, made, monkeypatch):
    town.add_offers(1)
    render = find.render_shared

    def slow(template, make):
        def make_slowly():
            values = make()
            town.add_offers(1, title="Publiée entre-temps")
            return values

        return render(template, make_slowly)

    monkeypatch.setattr(find, "render_shared", slow)
    assert "Publiée entre-temps" not in made("/find")[0].text
    monkeypatch.undo()
    assert "Publiée entre-temps" in made("/find")[0].text


def test_members_and_whoever_has_a_cookie_see_pages_of_their_own(town, paths, made):
    member = town.browse("parent")
    visit = browser(town.app)
    visit.get("/login")
    for path in paths:
        own = member.get(path)
        assert "Parent Exemple" in own.text or "account-menu" in own.text
        assert own.headers["Cache-Control"] == "no-store"
        assert visit.get(path).headers["Cache-Control"] == "no-store"
        shared, _ = made(path)
        assert "account-menu" not in shared.text
        assert "csrf_token" not in shared.text
        assert "account-menu" in member.get(path).text
        assert "no-store" not in shared.headers.get("Cache-Control", "")


def main_of(page):
    return page.partition("<main")[2].partition("</main>")[0]


def test_whoever_has_a_cookie_gets_the_kept_content_in_a_frame_of_their_own(
    town, paths, made, count_queries
):
    """Everybody reads the same lists; the menu, what was just done and forms are one's own."""
    parent, coordinator = town.browse("parent"), town.browse("coordinator")
    for welcomed in (parent, coordinator):
        welcomed.get("/")
    for path in [path for path in paths if not path.startswith("/offers/")]:
        shared = main_of(made(path)[0].text)
        assert main_of(parent.get(path).text) == shared
        # Whose cookie it is: no menu, no list, no name of a site, no search.
        assert count_queries(lambda path=path: parent.get(path)) == 1
        page = coordinator.get(path)
        assert main_of(page.text) == shared
        assert "/manage" in page.text
        assert "/manage" not in parent.get(path).text
        town.add_offers(1, title="Encore une")
        assert main_of(parent.get(path).text) == main_of(made(path)[0].text)


def test_a_menu_follows_what_its_member_may_do(town):
    """The menu is kept for each member, and made again once the database has changed."""
    parent = town.browse("parent")
    with database.reading() as session:
        member = find_member(session, email=town.emails["parent"])
    with database.writing() as session:
        add_member(session, 88, "parent")
    other = log_in(browser(town.app), "parent88@example.org")
    role = {"member_id": member.id, "organisation_id": town.other, "role": "coordinator"}
    for client in (parent, other):
        assert "/manage" not in client.get("/help-numbers").text
    with database.writing() as session:
        session.add(OrganisationMember(**role))
    assert "/manage" in parent.get("/help-numbers").text
    assert "/manage" not in other.get("/help-numbers").text
    with database.writing() as session:
        session.execute(delete(OrganisationMember).filter_by(**role))
    assert "/manage" not in parent.get("/help-numbers").text


def test_a_notice_stands_on_the_next_page_and_on_no_page_of_others(town, paths):
    town.browse("parent").get("/find")
    client = browser(town.app)
    log_in(client, town.emails["stranger"])
    assert (
        client.post("/logout", data={"csrf_token": csrf_of(client.get("/find").text)}).status_code
        == 303
    )
    assert GOODBYE in main_of(client.get("/find").text)
    assert GOODBYE not in client.get("/find").text
    assert GOODBYE not in town.browse("parent").get("/find").text


def test_what_is_not_there_is_not_kept(town, made):
    offer = town.add_offers(1)[0]
    made(f"/offers/{offer}")
    withdraw(town)
    for _time in range(2):
        assert browser(town.app).get(f"/offers/{offer}").status_code == 404


def test_nothing_is_kept_while_the_database_cannot_be_asked(town, paths, made, monkeypatch):
    def fail():
        raise OSError

    monkeypatch.setattr(town.site.database.change_mark, "read", fail)
    for path in paths:
        assert made(path)[1]
        assert made(path)[1]


def page(size):
    return KeptPage("200 OK", (), b"x" * size)


def test_long_addresses_and_many_pages_take_no_more_memory(town, made):
    assert made(f"/find?q={'a' * 400}")[1]
    assert made(f"/find?q={'a' * 400}")[1]
    pages = Kept(most_bytes=100)
    for number in range(50):
        pages.keep("today", number, page(25))
    assert [number for number in range(50) if pages.find("today", number)] == [46, 47, 48, 49]
    assert pages.find("tomorrow", 49) is None
    pages.keep("tomorrow", 1, page(0))
    assert pages.find("today", 49) is None
    pages.keep("tomorrow", 2, page(101))
    assert pages.find("tomorrow", 2) is None
    assert MOST_BYTES <= 16 * 1024 * 1024


def test_what_is_no_plain_get_is_answered_by_the_site(town, paths, made):
    for path in paths:
        text = made(path)[0].text
        head = browser(town.app).head(path)
        assert (head.status_code, head.data) == (200, b"")
        assert browser(town.app).post(path).status_code == 405
        assert browser(town.app).get(path, base_url="https://else.example").status_code == 421
        assert made(path)[0].text == text
        with browser(town.app) as refused:
            answer = refused.get(path, environ_overrides={REFUSED: 431})
        assert answer.status_code == 431


def test_logging_in_after_a_kept_page(town, paths, made):
    client = browser(town.app)
    for path in paths:
        assert client.get(path).text == made(path)[0].text
    log_in(client, town.emails["parent"])
    for path in paths:
        assert "account-menu" in client.get(path).text
