"""A request for a place where the site does not help: said before it is sent, with a way on."""

from html import unescape
from uuid import uuid4

import pytest

from entraide import clock, database
from entraide.directory.listing.models import Listing
from entraide.directory.listing.sites import store_site_name
from entraide.errors import BadInput
from entraide.help_requests.service import RequestInput, open_request
from entraide.members.accounts import find_member
from entraide.testing import csrf_of, in_days

ELSEWHERE = "https://marseille.example"
TOLD = "Nous n’aidons qu’autour de"


@pytest.fixture(params=[False, True])
def only_local(request):
    return request.param


@pytest.fixture
def site(inhabit, only_local):
    files = {"local.toml": f"[site]\nonly_local = {str(only_local).lower()}\n"}
    return inhabit(files=files)


def send(client, path, **values):
    page = client.get(path)
    return client.post(path, data={"csrf_token": csrf_of(page.text), **values})


def open_where(client, side):
    start = send(client, f"/post/{side}", kind="tutoring")
    draft = start.headers["Location"].rpartition("/")[0]
    assert send(client, f"{draft}/when", mode="any").status_code == 303
    return draft


@pytest.mark.parametrize("commune", ["Marseille", "13001", "Lyon (69)", "97400", "Nouméa"])
@pytest.mark.parametrize("side", ["request", "offer"])
def test_a_place_far_away_is_pointed_out_once(site, only_local, side, commune):
    client = site.browse()
    draft = open_where(client, side)
    answer = send(client, f"{draft}/where", commune=commune)
    assert answer.status_code == 422
    assert TOLD in answer.text
    assert "Clamecy" in answer.text
    assert f'value="{commune}"' in answer.text
    may_go_on = side == "offer" or not only_local
    assert ('name="commune_outside"' in answer.text) is may_go_on
    code = "75056" if not may_go_on else answer.text.partition("commune_outside")[2].split('"')[2]
    again = send(client, f"{draft}/where", commune=commune, commune_outside=code)
    assert again.status_code == (303 if may_go_on else 422)
    if may_go_on:
        # Whoever comes back to the step is not asked a second time.
        label = client.get(f"{draft}/where").text.partition('id="field-commune"')[2].split('"')[3]
        assert send(client, f"{draft}/where", commune=label).status_code == 303


@pytest.mark.parametrize("commune", ["Clamecy", "Clamecy (58)", "Armes"])
def test_what_is_near_is_taken_without_a_word(site, commune):
    client = site.browse()
    draft = open_where(client, "request")
    assert send(client, f"{draft}/where", commune=commune).status_code == 303


def test_a_place_that_was_picked_is_not_asked_about_again(site, only_local):
    client = site.browse()
    draft = open_where(client, "offer")
    answer = send(
        client, f"{draft}/where", commune="14140", commune_asked="14140", commune_code="14371"
    )
    assert TOLD in answer.text
    label = unescape(answer.text.partition('id="field-commune"')[2].split('"')[3])
    again = send(client, f"{draft}/where", commune=label, commune_outside="14371")
    assert again.status_code == 303, only_local


def test_agreeing_to_one_place_is_not_agreeing_to_another(site):
    client = site.browse()
    draft = open_where(client, "offer")
    answer = send(client, f"{draft}/where", commune="Lyon", commune_outside="13055")
    assert TOLD in answer.text


def test_other_sites_that_help_there_are_named(site):
    with database.writing() as session:
        session.add(
            Listing(
                uid=f"{ELSEWHERE}/federation/o/{uuid4()}",
                type="offer",
                origin=ELSEWHERE,
                kind="tutoring",
                title="Ailleurs",
                territory=["13055"],
                payload=site.body()["payload"],
                created_at=clock.now(),
                updated_at=clock.now(),
            )
        )
        store_site_name(session, ELSEWHERE, "Entraide Marseille")
    site.index()
    client = site.browse()
    page = send(client, f"{open_where(client, 'request')}/where", commune="Marseille").text
    assert f'href="{ELSEWHERE}"' in page
    assert "Entraide Marseille" in page
    assert 'href="/find?place=13055"' in page


def test_the_service_refuses_too(site, only_local):
    data = RequestInput(
        kind="tutoring",
        title="Aide exemple",
        summary="",
        territory=["13055"],
        verify_by=in_days(30),
        payload=site.body()["payload"],
    )
    with database.writing() as session:
        parent = find_member(session, email=site.emails["parent"])
        if only_local:
            with pytest.raises(BadInput, match="territoire"):
                open_request(session, actor=parent, data=data)
        else:
            assert open_request(session, actor=parent, data=data).territory == ["13055"]
