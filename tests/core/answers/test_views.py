"""The pages of answers as people use them: with cookies and forms, without JavaScript."""

import re
from datetime import timedelta

import pytest

from entraide.app import create_app
from entraide.testing import browser, csrf_of, log_in, run_job

from .conftest import WEEKLY


@pytest.fixture
def enter(site, people):
    """Give a function that logs one of the people in; returns their browser."""
    app = create_app(site)
    return lambda who: log_in(browser(app), people[who].email)


def send(client, path, page=None, **fields):
    """Post a form from its page (the same path unless given); return where it leads."""
    token = csrf_of(client.get(page or path).text)
    return client.post(path, data={"csrf_token": token, **fields}, follow_redirects=True)


def seat_link(mailbox):
    """Return the path of the one link that a mail about a kept seat holds."""
    links = [re.search(r"/answers/seat/\S+", mail.body) for mail in mailbox()]
    return next(link[0] for link in links if link)


def test_a_family_takes_a_place_from_the_page_of_the_offer(offer_of, enter):
    offer = offer_of(seats=4)
    family = enter("parent0")
    page = family.get(f"/offers/{offer}").text
    way = f"/answers/offers/{offer}"
    assert f'href="{way}"' in page
    assert "Il reste 4 places" in family.get(way).text
    page = send(family, way, places="3", to_know="canari-allergie").text
    assert "Votre place est réservée" in page
    assert "Vous participez" in page
    assert "Il reste 1 place" in enter("parent1").get(way).text
    assert "Vous participez" in family.get(way).text
    assert "Mes réponses" in family.get("/requests/mine").text


def test_whoever_offers_reads_who_comes_and_takes_a_place_back(offer_of, enter):
    offer = offer_of(seats=4)
    send(enter("parent0"), f"/answers/offers/{offer}", places="3", to_know="canari-allergie")
    author = enter("author")
    assert "Voir qui a répondu" in author.get(f"/offers/{offer}").text
    people = author.get(f"/answers/offers/{offer}", follow_redirects=True).text
    assert "canari-allergie" in people
    decline = re.search(r'href="(/answers/[0-9a-f-]+/decline)"', people)[1]
    assert "Dire non à cette personne" in author.get(decline).text
    page = send(author, decline).text
    assert "Vous avez dit non" in page
    # Of what stands no more nothing stays in sight but its end.
    assert "canari-allergie" not in page


def test_full_then_the_line_then_a_place_by_the_link_of_a_mail(offer_of, enter, site, mailbox):
    offer = offer_of(seats=1)
    way = f"/answers/offers/{offer}"
    first, second = enter("parent0"), enter("parent1")
    send(first, way, places="1")
    assert "M’inscrire sur la liste d’attente" in second.get(way).text
    shown = second.get(f"/offers/{offer}").text
    assert "Il n’y a plus de place" in shown
    assert "0 place" not in shown
    assert "au rang 1" in send(second, way, places="1").text
    cancel = re.search(r'href="(/answers/[0-9a-f-]+/withdraw)"', first.get("/answers").text)[1]
    assert "Annuler" in first.get(cancel).text
    send(first, cancel)
    link = seat_link(mailbox)
    stranger = browser(create_app(site))
    asked = stranger.get(link)
    assert "Une place est libre pour vous" in asked.text
    assert stranger.get(link).status_code == 200
    assert "Votre place est réservée" in send(stranger, link, answer="yes").text
    assert stranger.get(link).status_code == 404
    assert "Vous participez" in second.get("/answers").text


@pytest.mark.parametrize("answer", ["yes", "no", "perhaps"])
def test_a_link_that_ran_out_or_was_changed_does_nothing(
    offer_of, give, people, enter, site, mailbox, answer
):
    offer = offer_of(seats=1)
    give("parent0", offer)
    give("parent1", offer)
    first = enter("parent0")
    cancel = re.search(r'href="(/answers/[0-9a-f-]+/withdraw)"', first.get("/answers").text)[1]
    send(first, cancel)
    link = seat_link(mailbox)
    other = browser(create_app(site))
    token = csrf_of(other.get(link).text)
    if answer == "perhaps":
        refused = other.post(link, data={"csrf_token": token, "answer": answer})
        assert refused.status_code == 404
    site.clock.advance(timedelta(hours=3))
    assert other.post(link, data={"csrf_token": token, "answer": answer}).status_code == 404
    assert other.get(f"{link}x").status_code == 404
    assert other.get("/answers/seat/x").status_code == 404
    run_job("answers.overdue")
    assert "Le délai est passé" in enter("parent1").get("/answers").text


def test_agreement_shows_both_addresses_and_nothing_before(offer_of, enter, people):
    offer = offer_of("talk", seats=None, schedule=None)
    family, author = enter("parent0"), enter("author")
    send(family, f"/answers/offers/{offer}", message="canari-mot")
    people_page = author.get(f"/answers/offers/{offer}/people").text
    assert "canari-mot" in people_page
    assert people["parent0"].email not in people_page
    assert people["author"].email not in family.get("/answers").text
    agree = re.search(r'action="(/answers/[0-9a-f-]+/agree)"', people_page)[1]
    page = send(author, agree, f"/answers/offers/{offer}/people").text
    assert people["parent0"].email in page
    assert people["author"].email in family.get("/answers").text


def test_days_of_a_series_are_chosen_one_by_one(offer_of, enter):
    offer = offer_of(seats=2, schedule=WEEKLY)
    family = enter("parent0")
    way = f"/answers/offers/{offer}"
    page = family.get(way).text
    assert page.count("<option") == 9
    send(family, way, places="1", occurrence="2026-12-05")
    page = family.get(way).text
    assert 'value="2026-12-05"' not in page
    assert 'value="2026-11-28"' in page


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("walk", {}, "error-places"),
        ("walk", {"places": "0"}, "de 1 à 10"),
        ("walk", {"places": "5"}, "4 places en tout"),
        ("talk", {}, "champ"),
        ("talk", {"message": "x" * 1001}, "1000"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_nothing_is_lost(offer_of, enter, kind, fields, words):
    offer = offer_of(kind, seats=4)
    family = enter("parent0")
    way = f"/answers/offers/{offer}"
    answer = send(family, way, **fields)
    assert answer.status_code == 422
    assert words in answer.text.replace("\xa0", " ").replace("\u202f", " ")
    assert "Mes réponses" not in family.get("/requests/mine").text


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ("parent1", "/answers/offers/{offer}/people", 404),
        ("parent1", "/answers/{answer}/withdraw", 404),
        ("parent1", "/answers/{answer}/decline", 404),
        ("parent0", "/answers/{answer}/decline", 404),
        ("moderator", "/answers/offers/{offer}/people", 404),
        ("author", "/answers/{answer}/withdraw", 404),
        ("author", "/answers/{answer}/decline", 200),
        ("parent0", "/answers/{answer}/withdraw", 200),
    ],
)
def test_each_page_is_for_its_side(offer_of, give, enter, who, path, status):
    offer = offer_of()
    answer, _state = give("parent0", offer)
    assert enter(who).get(path.format(offer=offer, answer=answer)).status_code == status


def test_the_exact_place_is_read_by_who_comes_the_day_before_and_not_earlier(offer_of, enter, site):
    offer = offer_of(payload={"corner": "canari-coin"})
    family = enter("parent0")
    send(family, f"/answers/offers/{offer}", places="1")
    assert "canari-coin" not in family.get(f"/offers/{offer}").text
    site.clock.advance(timedelta(days=2))
    assert "canari-coin" in enter("parent0").get(f"/offers/{offer}").text
    assert "canari-coin" not in enter("parent1").get(f"/offers/{offer}").text
    assert "canari-coin" not in browser(create_app(site)).get(f"/offers/{offer}").text


def test_an_offer_that_is_not_answered_has_no_form(offer_of, enter):
    offer = offer_of("sign")
    family = enter("parent0")
    assert f"/answers/offers/{offer}" not in family.get(f"/offers/{offer}").text
    assert family.get(f"/answers/offers/{offer}").status_code == 404


def test_a_year_later_nobody_is_asked_to_cancel(offer_of, enter, site):
    send(enter("parent0"), f"/answers/offers/{offer_of(seats=4)}", places="1")
    assert "annulez" in enter("parent0").get("/answers").text
    site.clock.advance(timedelta(days=365))
    page = enter("parent0").get("/answers").text
    assert "Ce jour est passé" in page
    assert "annule" not in page
