"""Posting: fields beside the answer that needs them, in whose name, who sees what, how often."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from entraide import clock, database
from entraide.members.accounts import find_member
from entraide.members.drafts import KEPT
from entraide.members.limits import LINKS_WINDOW, VISITS_PER_CLIENT
from entraide.members.models import Draft
from entraide.members.service import VISIT, forget_ended
from entraide.testing import add_organisation, browser, csrf_of

DETAILS = {"details-levels": "6e", "details-subjects": "mathematics", "details-place": "library"}
WHO = {"title": "Aide aux devoirs", **DETAILS}


def send(client, path, **values):
    return client.post(path, data={"csrf_token": csrf_of(client.get(path).text), **values})


def start(client, side="offer"):
    return send(client, f"/post/{side}", kind="tutoring").headers["Location"].removesuffix("/when")


def begin(client, side="offer", **when):
    """Walk to the step of words."""
    draft = start(client, side)
    assert send(client, f"{draft}/when", **(when or {"mode": "wednesday"})).status_code == 303
    assert send(client, f"{draft}/where", commune="Clamecy (58500)").status_code == 303
    return draft


def checked(page, name):
    tags = re.findall(rf'<input[^>]*name="{name}"[^>]*>', page)
    return [re.search(r'value="([^"]*)"', tag)[1] for tag in tags if " checked" in tag]


def test_nothing_that_an_answer_needs_is_folded_away(village):
    client = village.browse()
    page = client.get(f"{start(client)}/when").text
    main = page[page.index("<main") : page.index("</main>")]
    assert "<details" not in main
    assert re.search(r'class="once">.*?name="day"', main, re.DOTALL)


@pytest.mark.parametrize(
    ("sent", "name"), [({"mode": "date"}, "day"), ({"mode": "weekly"}, "days")]
)
def test_a_missing_day_is_asked_for_beside_its_answer(village, sent, name):
    client = village.browse()
    answer = send(client, f"{start(client)}/when", **sent)
    assert answer.status_code == 422
    assert f'id="error-{name}"' in answer.text
    assert checked(answer.text, "mode") == [sent["mode"]]


@pytest.mark.parametrize(
    "hidden", [{"verify_by": "never"}, {"verify_by": "2031-01-01"}, {"days": "XX"}]
)
def test_what_the_page_does_not_show_does_not_count(village, hidden):
    client = village.browse()
    assert begin(client, mode="date", day="2026-12-01", start="10:00", minutes="60", **hidden)


def test_a_coordinator_speaks_for_their_only_association(village):
    client = village.browse("coordinator")
    draft = begin(client)
    assert checked(client.get(f"{draft}/who").text, "organisation") == [str(village.association)]


def test_whoever_coordinates_several_says_for_which(village):
    with database.writing() as session:
        coordinator = find_member(session, email=village.emails["coordinator"])
        add_organisation(session, 9, coordinator)
    client = village.browse("coordinator")
    draft = begin(client)
    assert checked(client.get(f"{draft}/who").text, "organisation") == []
    assert send(client, f"{draft}/who", **WHO).status_code == 422
    assert send(client, f"{draft}/who", **WHO, organisation="").status_code == 303


@pytest.mark.parametrize(
    ("side", "titles"),
    [
        ("offer", ["Visible par tous", "Seulement pour l’équipe de ce site"]),
        (
            "request",
            [
                "Visible par ceux qui peuvent aider",
                "Seulement pour la personne que vous choisissez",
            ],
        ),
    ],
)
def test_the_review_says_exactly_who_sees_what(village, side, titles):
    client = village.browse("parent")
    draft = begin(client, side)
    assert send(client, f"{draft}/who", **WHO, organisation="").status_code == 303
    page = client.get(f"{draft}/review").text.replace("&#39;", "'")
    panels = re.findall(r"<h2>(.*?)</h2>", page[page.index("<main") :], re.DOTALL)
    words = [re.sub(r"<svg.*?</svg>", "", one).strip() for one in panels]
    assert words[0] == titles[0]
    assert titles[1] in words
    everyone = page[page.index(titles[0]) : page.index(titles[1])]
    assert "Parent Exemple 1" not in everyone
    assert "Parent Exemple 1" in page[page.index(titles[1]) :]


def test_one_machine_begins_so_many_drafts_without_an_account(village):
    statuses = [
        send(browser(village.app), "/post/offer", kind="tutoring").status_code
        for _each in range(VISITS_PER_CLIENT)
    ]
    assert set(statuses) == {303}
    refused = send(browser(village.app), "/post/offer", kind="tutoring")
    assert refused.status_code == 429
    assert "15 minutes" in refused.text
    assert refused.headers["Retry-After"]
    member = village.browse("parent")
    assert send(member, "/post/offer", kind="tutoring").status_code == 303
    village.site.clock.advance(LINKS_WINDOW)
    assert send(browser(village.app), "/post/offer", kind="tutoring").status_code == 303


@pytest.mark.parametrize(("person", "term"), [("", VISIT), ("parent", KEPT)])
def test_a_draft_that_nobody_finishes_is_said_to_go_and_goes(village, person, term):
    client = village.browse(person) if person else village.browse()
    draft = begin(client)
    until = clock.now() + term
    assert f'datetime="{until.isoformat()}"' in client.get("/post/drafts").text
    village.site.clock.advance(term - timedelta(seconds=1))
    client = village.browse(person) if person else client
    assert client.get(f"{draft}/when").status_code == 200
    village.site.clock.advance(timedelta(seconds=1))
    assert client.get(f"{draft}/when").status_code == 404
    forget_ended()
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Draft)) == 0


def test_a_member_who_comes_back_loses_an_old_draft_only(village):
    client = village.browse("parent")
    old = begin(client)
    for _day in range(15):
        village.site.clock.advance(timedelta(days=1))
        client.get("/account")
        forget_ended()
    new = begin(client)
    assert client.get(f"{old}/when").status_code == 404
    assert client.get(f"{new}/when").status_code == 200
