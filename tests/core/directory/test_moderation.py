"""Whose offers the team reads first, who decides, and what the team may take down."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from marshmallow import Schema, validate
from sqlalchemy import select

from entraide import Kind, database, fields, policy, runtime
from entraide.app import create_app
from entraide.audit import AuditEntry
from entraide.cli import status
from entraide.cli.plugins import describe
from entraide.config.settings import OffersSettings
from entraide.directory.listing.models import Listing
from entraide.directory.models import Offer
from entraide.directory.moderation import dial_of, idle_dials
from entraide.directory.offers import reviewing, service
from entraide.directory.offers.limits import OFFERS
from entraide.errors import ConfigurationError, Forbidden, Refused, TooManyRequests
from entraide.members.accounts import find_member
from entraide.members.models import Member
from entraide.members.service import create_token
from entraide.members.suspending import reinstate, suspend
from entraide.outbox.models import OutboxEvent, OutboxMessage
from entraide.plugins import loading
from entraide.testing import (
    add_member,
    add_offer,
    add_organisation,
    browser,
    csrf_of,
    in_days,
    log_in,
)

PAYLOAD = {"levels": ["6e"], "subjects": ["mathematics"], "place": "home"}


class NothingSchema(Schema):
    note = fields.public(fields.String(validate=validate.Length(max=99)), label="Note")
    page = fields.public(fields.Url(), label="Page")


def send(client, path, **data):
    token = csrf_of(client.get("/account").text)
    return client.post(path, data={"csrf_token": token, **data})


def identifier(answer):
    return UUID(answer.json["id"].rpartition("/")[2])


def stored(offer_id):
    with database.reading() as session:
        return session.get_one(Offer, offer_id)


def mails():
    with database.reading() as session:
        return {mail.address: mail.body for mail in session.scalars(select(OutboxMessage))}


def journal(start):
    with database.reading() as session:
        rows = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))
        return [action for action in rows if action.startswith(start)]


@pytest.fixture
def team(village):
    """The village with a moderator, a volunteer and their tokens."""
    with database.writing() as session:
        for role in ("moderator", "volunteer"):
            member = add_member(session, 9, role)
            village.emails[role] = member.email
            village.tokens[role] = create_token(
                session, name=role, scopes=["offers:write"], member=member
            )
    return village


# The dial -----------------------------------------------------------------------------------

LEVELS = ("never", "first", "always")


@pytest.mark.parametrize("own", LEVELS)
@pytest.mark.parametrize("setting", [None, "read_first", "read_always"])
def test_a_site_reads_more_than_the_kind_asks_and_never_less(village, own, setting, monkeypatch):
    site = runtime.current()
    site.kinds["loan"] = Kind("loan", "Prêt", NothingSchema, moderation=own, with_children=False)
    if setting:
        offers = OffersSettings(**{setting: ("loan",)})
        object.__setattr__(site.settings, "offers", offers)
    wanted = {None: "never", "read_first": "first", "read_always": "always"}[setting]
    assert dial_of("loan") == max(own, wanted, key=LEVELS.index)
    assert dial_of("gone") == "always"


def test_a_kind_that_meets_children_is_always_read():
    with pytest.raises(ValueError, match="with_children=False"):
        Kind("care", "Garde", NothingSchema, moderation="never")
    with pytest.raises(ValueError, match="moderation='sometimes'"):
        Kind("care", "Garde", NothingSchema, moderation="sometimes")
    assert Kind("care", "Garde", NothingSchema).moderation == "first"


def test_a_slip_in_a_dial_stops_the_site_where_every_plugin_runs(make_site, monkeypatch):
    toml = '[offers]\nread_always = ["tutorring", "gone"]\n'
    points = [point for point in loading.entry_points(group="entraide") if point.name == "tutoring"]
    with monkeypatch.context() as alone:
        alone.setattr(loading, "entry_points", lambda group: points)
        with pytest.raises(ConfigurationError, match='"tutorring" is no kind of help') as error:
            make_site(plugins=("tutoring",), toml=toml)
    assert len(error.value.mistakes) == 1
    made = make_site(name="b", plugins=("tutoring",), toml='[offers]\nread_always = ["tutoring"]\n')
    with runtime.activate(made):
        assert dial_of("tutoring") == "always"


@pytest.mark.parametrize(
    ("plugins", "names"), [(("tutoring",), ["outing"]), (("tutoring", "broken"), ["outing"])]
)
def test_a_dial_for_a_kind_whose_plugin_is_off_or_rests_is_told(
    make_site, monkeypatch, plugins, names
):
    monkeypatch.setenv("ENTRAIDE_STRICT", "0")
    toml = '[offers]\nread_first = ["outing", "tutoring"]\nread_always = ["outing"]\n'
    site = make_site(plugins=plugins, toml=toml, files={"plugins/broken.py": "1 / 0\n"})
    with runtime.activate(site):
        assert idle_dials() == names
        assert "read first once one does: outing" in "\n".join(describe())
        lines = [line for line in status.describe() if "[offers]" in line.words]
        assert [line.is_wrong for line in lines] == [False]
        with database.writing() as session:
            add_member(session, 1, "moderator")
            add_organisation(session, 1, coordinator=add_member(session, 2))
        app = create_app(site)
    for address, is_told in (("moderator1@example.org", True), ("member2@example.org", False)):
        page = log_in(browser(app), address).get("/manage").text
        assert ("ne les apporte\u00a0: outing." in page) is is_told


# dial, who, whether it is public at once
AT_ONCE = [
    ("never", "parent", True),
    ("first", "parent", False),
    ("always", "parent", False),
    ("first", "volunteer", True),
    ("always", "volunteer", False),
    ("first", "coordinator", True),
    ("always", "coordinator", False),
    ("first", "moderator", True),
    ("always", "moderator", False),
    ("always", "administrator", True),
]


@pytest.mark.parametrize(("dial", "who", "is_public"), AT_ONCE)
def test_whose_own_offers_wait(team, dial, who, is_public):
    runtime.current().kinds["loan"] = Kind(
        "loan", "Prêt", NothingSchema, moderation=dial, with_children=False
    )
    answer = team.post(who, kind="loan", payload={}, organisation=None)
    assert answer.json["publication"] == ("public" if is_public else "pending")
    assert (stored(identifier(answer)).publication == "public") == is_public
    assert len(team.browse().get("/api/v1/offers").json["items"]) == is_public


def test_where_every_offer_is_read_nobody_decides_about_their_own(team):
    offers = OffersSettings(read_always=("tutoring",))
    object.__setattr__(team.site.settings, "offers", offers)
    offer = identifier(team.post("coordinator"))
    assert stored(offer).publication == "pending"
    client = team.browse("coordinator")
    assert send(client, f"/offers/{offer}/publish").status_code == 404
    assert "/publish" not in client.get("/manage").text
    assert send(team.browse("moderator"), f"/offers/{offer}/publish").status_code == 303


OWN = {"organisation": None, "payload": PAYLOAD}


def test_somebody_whom_the_team_approved_publishes_that_kind_at_once(team):
    first = identifier(team.post("parent", **OWN))
    assert team.browse().get(f"/offers/{first}").status_code == 404
    assert send(team.browse("moderator"), f"/offers/{first}/publish").status_code == 303
    assert "est en ligne" in mails()["parent1@example.org"]
    assert team.post("parent", **OWN).json["publication"] == "public"
    outing = {
        "kind": "outing",
        "payload": {"ages": ["0-2"], "cost_euros": 0},
        "organisation": None,
        "schedule": {"starts": "2026-12-05T14:00", "timezone": "Europe/Paris"},
    }
    assert team.post("parent", **outing).json["publication"] == "pending", "another kind"
    removed = send(team.browse("moderator"), f"/offers/{first}/withdraw", reason="untrue")
    assert removed.status_code == 303
    assert team.post("parent", **OWN).json["publication"] == "pending", "removed since"


def test_a_declined_author_hears_of_it_and_stays_unknown(team):
    offer = identifier(team.post("parent", **OWN))
    assert send(team.browse("moderator"), f"/offers/{offer}/decline").status_code == 303
    with database.reading() as session:
        names = session.scalars(select(OutboxEvent.name).order_by(OutboxEvent.id)).all()
        assert names[-2:] == ["OfferWithdrawn", "OfferDeclined"]
    assert "ne publie pas" in mails()["parent1@example.org"]
    assert "None" not in mails()["parent1@example.org"]
    assert team.post("parent", **OWN).json["publication"] == "pending"


DECIDE = {"coordinator", "stranger", "moderator", "administrator"}
"""The stranger coordinates another association."""


@pytest.mark.parametrize("act", ["publish", "decline"])
@pytest.mark.parametrize("who", ["parent", "volunteer", *sorted(DECIDE)])
def test_who_decides_about_a_members_own_offer(team, who, act):
    offer = identifier(team.post("parent", **OWN))
    client = team.browse(who)
    may = who in DECIDE
    assert (f"/offers/{offer}/{act}" in client.get("/manage").text) == may
    page = client.get(f"/offers/{offer}")
    assert page.status_code == (200 if may or who == "parent" else 404)
    assert (f"/offers/{offer}/{act}" in page.text) == may
    assert send(client, f"/offers/{offer}/{act}").status_code == (303 if may else 404)
    after = {"publish": "public", "decline": "withdrawn"}[act] if may else "pending"
    assert stored(offer).publication == after


def test_whoever_decides_sees_who_wrote_it_and_nobody_else_does(team):
    offer = identifier(team.post("parent", **OWN))
    for who, sees in (("coordinator", True), ("moderator", True), ("parent", False)):
        client = team.browse(who)
        for path in ("/manage", f"/offers/{offer}"):
            page = client.get(path).text.partition("<main")[2]
            assert ("Parent Exemple 1" in page) == sees, (who, path)
            assert ("Membre depuis" in page) == sees
            assert ("1 offre en tout" in page) == sees
            assert "parent1@example.org" not in page
    send(team.browse("moderator"), f"/offers/{offer}/publish")
    public = team.browse().get(f"/offers/{offer}").text
    assert "Parent Exemple 1" not in public
    assert "Membre depuis" not in public


# Limits -------------------------------------------------------------------------------------


def test_pages_and_api_share_the_daily_limit(team):
    client = team.browse("parent")
    with database.writing() as session:
        parent = find_member(session, email=team.emails["parent"])
        for number in range(OFFERS - 1):
            add_offer(session, number, kind="tutoring", payload=PAYLOAD, actor=parent)
    assert team.post("parent", **OWN).status_code == 201
    refused = team.post("parent", **OWN)
    assert (refused.status_code, int(refused.headers["Retry-After"]) > 0) == (429, True)
    with database.writing() as session:
        parent = find_member(session, email=team.emails["parent"])
        with pytest.raises(TooManyRequests):
            add_offer(session, kind="tutoring", payload=PAYLOAD, actor=parent)
    with database.reading() as session:
        offers = list(session.scalars(select(Offer)))
    assert send(client, f"/offers/{offers[0].id}/withdraw").status_code == 303
    assert team.post("parent", **OWN).status_code == 429, "taking one down frees no place"
    assert team.post("coordinator").status_code == 201
    team.site.clock.advance(timedelta(days=1, seconds=1))
    assert team.post("parent", **OWN).status_code == 201


def test_offers_written_while_the_clock_was_ahead_stop_nobody_for_years(team):
    ahead = timedelta(days=3660)
    team.site.clock.advance(ahead)
    assert [team.post("parent", **OWN).status_code for _ in range(OFFERS + 1)][-2:] == [201, 429]
    team.site.clock.advance(-ahead)
    assert [team.post("parent", **OWN).status_code for _ in range(OFFERS + 1)][-2:] == [201, 429]


# Taking down --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "who", ["volunteer", "stranger", "coordinator", "moderator", "administrator"]
)
@pytest.mark.parametrize("owner", ["parent", "association"])
def test_who_takes_down_an_offer_of_others(team, who, owner):
    if owner == "association":
        (offer,) = team.add_offers(1)
    else:
        offer = identifier(team.post("parent", **OWN))
        send(team.browse("administrator"), f"/offers/{offer}/publish")
    is_own = owner == "association" and who == "coordinator"
    may = who in ("moderator", "administrator") or is_own
    client = team.browse(who)
    asking = client.get(f"/offers/{offer}/withdraw")
    assert asking.status_code == (200 if may else 404)
    assert ('value="danger"' in asking.text) == (may and not is_own)
    answer = send(client, f"/offers/{offer}/withdraw", reason="danger")
    assert answer.status_code == (303 if may else 404)
    assert (stored(offer).publication == "public") != may
    assert journal("directory.remove") == (
        ["directory.remove.danger"] if may and not is_own else []
    )
    if may and owner == "parent":
        assert "mettre quelqu’un en danger" in mails()["parent1@example.org"]


STAFF = {"moderator", "administrator"}
MAY = {
    "publish": {"pending": DECIDE, "public": {"administrator"}},
    "review": {"pending": DECIDE, "public": STAFF},
    "withdraw": {"pending": STAFF, "public": STAFF},
    "confirm": {"pending": {"administrator"}, "public": {"administrator"}},
    "transition": {"pending": {"administrator"}, "public": {"administrator"}},
    "read_details": {"pending": DECIDE, "public": STAFF},
    "moderate": {"pending": STAFF, "public": STAFF},
}
"""Action → publication of a member's own offer → who else may; a role that is not named may not."""


@pytest.mark.parametrize("publication", ["pending", "public"])
@pytest.mark.parametrize("action", MAY)
def test_which_role_may_do_what_with_the_offer_of_a_member(team, action, publication):
    offer = identifier(team.post("parent", **OWN))
    if publication == "public":
        send(team.browse("administrator"), f"/offers/{offer}/publish")
    with database.reading() as session:
        row = session.get_one(Offer, offer)
        may = {
            who
            for who in ("volunteer", *DECIDE)
            if policy.allowed(
                find_member(session, email=team.emails[who]), f"directory.{action}", row
            )
        }
    assert may == MAY[action][publication]


@pytest.mark.parametrize("owner", ["parent", "association"])
@pytest.mark.parametrize("publication", ["pending", "public"])
@pytest.mark.parametrize(
    "action", ["publish", "decline", "withdraw", "confirm", "step", "members/stop"]
)
def test_a_volunteer_decides_about_no_offer_of_others(team, owner, publication, action):
    values = OWN if owner == "parent" else {"payload": PAYLOAD}
    offer = identifier(team.post("parent", **values))
    if publication == "public":
        send(team.browse("administrator"), f"/offers/{offer}/publish")
    path = f"/offers/{offer}/{action}"
    if action == "members/stop":
        path = f"/manage/members/{stored(offer).member_id}/stop"
    before = stored(offer).revision
    answer = send(team.browse("volunteer"), path, step="cancel", reason="danger")
    assert answer.status_code == 404
    assert (stored(offer).publication, stored(offer).revision) == (publication, before)


@pytest.mark.parametrize("reason", ["", "nonsense"])
def test_a_removal_without_a_reason_has_the_usual_one(team, reason):
    (offer,) = team.add_offers(1)
    send(team.browse("moderator"), f"/offers/{offer}/withdraw", reason=reason)
    assert (stored(offer).decision, stored(offer).reason) == ("removed", "rules")


def test_a_moderator_takes_down_through_the_api_too(team):
    offer = identifier(team.post("volunteer", **OWN))
    path = f"/api/v1/offers/{offer}/withdraw"
    assert team.browse().post(path, headers=team.bearer("moderator")).status_code == 204
    assert stored(offer).decision == "removed"


def test_a_moderator_confirms_and_steps_nothing_of_others(team):
    (offer,) = team.add_offers(1)
    client = team.browse("moderator")
    page = client.get(f"/offers/{offer}").text
    assert "/withdraw" in page
    assert "/confirm" not in page
    assert send(client, f"/offers/{offer}/confirm").status_code == 404


def test_one_action_takes_down_all_of_an_account(team):
    offers = [identifier(team.post("volunteer", **OWN)) for _ in range(3)]
    in_a_name = identifier(team.post("volunteer"))
    send(team.browse("coordinator"), f"/offers/{in_a_name}/publish")
    their_browser = team.browse("volunteer")
    moderator = team.browse("moderator")
    page = moderator.get(f"/offers/{offers[0]}").text
    path = page.partition("/manage/members/")[2].partition('"')[0]
    path = f"/manage/members/{path}"
    asking = moderator.get(path)
    assert "Aide aux devoirs exemple" in asking.text
    assert {stored(one).publication for one in offers} == {"public"}, "asking changes nothing"
    data = {"csrf_token": csrf_of(asking.text), "reason": "danger"}
    assert moderator.post(path, data=data).status_code == 303
    assert {stored(one).publication for one in (*offers, in_a_name)} == {"withdrawn"}
    assert team.browse().get("/api/v1/offers").json["items"] == []
    assert their_browser.get("/account").status_code == 303
    assert team.post("volunteer", **OWN).status_code == 401
    assert journal("members.suspend") == ["members.suspend.danger"]
    assert journal("directory.remove") == ["directory.remove.danger"] * 4
    with database.reading() as session:
        assert session.scalars(select(Listing).where(Listing.type == "offer")).all() == []


@pytest.mark.parametrize("state", ["public", "withdrawn", "expired"])
@pytest.mark.parametrize("is_take_down", [False, True])
def test_what_was_approved_before_a_suspension_counts_no_more(team, state, is_take_down):
    first = identifier(team.post("parent", **OWN))
    send(team.browse("moderator"), f"/offers/{first}/publish")
    assert team.post("parent", **OWN).json["publication"] == "public"
    if state == "withdrawn":
        send(team.browse("parent"), f"/offers/{first}/withdraw")
    elif state == "expired":
        team.site.clock.advance(timedelta(days=61))
        service.expire_offers()
    with database.writing() as session:
        member = find_member(session, email=team.emails["parent"])
        suspend(session, member=member, actor=None, is_take_down=is_take_down)
        reinstate(session, member=member, actor=None)
        token = create_token(session, name="again", scopes=["offers:write"], member=member)
    team.tokens["parent"] = token
    team.site.clock.advance(timedelta(days=2))
    assert (
        team.post("parent", verify_by=in_days(9).isoformat(), **OWN).json["publication"]
        == "pending"
    )


@pytest.mark.parametrize(
    ("who", "whom", "status"),
    [
        ("volunteer", "parent", 404),
        ("coordinator", "parent", 404),
        ("moderator", "parent", 303),
        ("moderator", "moderator", 409),
        ("moderator", "administrator", 409),
        ("administrator", "moderator", 303),
        ("administrator", "administrator", 409),
    ],
)
def test_who_stops_whose_account(team, who, whom, status):
    with database.reading() as session:
        member = find_member(session, email=team.emails[whom])
    client = team.browse(who)
    path = f"/manage/members/{member.id}/stop"
    assert client.get(path).status_code == (200 if status == 303 else status)
    assert send(client, path, reason="rules").status_code == status
    with database.reading() as session:
        is_suspended = session.get_one(Member, member.id).suspended_at is not None
    assert is_suspended == (status == 303)


# Proposals end --------------------------------------------------------------------------------


@pytest.mark.parametrize("proposal", [OWN, {}])
def test_a_proposal_ends_with_its_last_day_and_its_author_hears_why(team, proposal):
    offer = identifier(team.post("parent", verify_by=in_days(3).isoformat(), **proposal))
    team.site.clock.advance(timedelta(days=3))
    assert "/publish" in team.browse("administrator").get("/manage").text
    team.site.clock.advance(timedelta(days=1))
    administrator = team.browse("administrator")
    assert "/publish" not in administrator.get("/manage").text
    page = administrator.get(f"/offers/{offer}").text
    assert "/publish" not in page
    assert "Son dernier jour est passé" in page
    refused = send(administrator, f"/offers/{offer}/publish")
    assert refused.status_code == 409
    assert "ne peut plus être mise en ligne" in refused.text
    assert service.expire_offers() == 1
    assert stored(offer).publication == "expired"
    assert "personne n’a décidé à temps" in mails()["parent1@example.org"]
    assert service.expire_offers() == 0


@pytest.mark.parametrize(
    ("proposal", "reminded"),
    [
        ({}, {"member2@example.org"}),
        (OWN, {"administrator4@example.org", "moderator9@example.org"}),
    ],
)
def test_those_who_decide_are_reminded_once(team, proposal, reminded):
    team.post("parent", **proposal)
    assert reviewing.remind_reviewers() == 0
    team.site.clock.advance(timedelta(days=2))
    assert (reviewing.remind_reviewers(), reviewing.remind_reviewers()) == (1, 0)
    assert set(mails()) == reminded
    assert "attend votre décision" in mails()[reminded.pop()]


def test_a_proposal_with_a_near_last_day_is_reminded_at_once(team):
    team.post("parent", verify_by=in_days(2).isoformat())
    assert reviewing.remind_reviewers() == 1


# The review page ------------------------------------------------------------------------------

WALK = {
    "when": {"mode": "wednesday", "verify_by": "2027-01-31"},
    "where": {"commune": "Clamecy (58500)"},
    "who": {
        "title": "Aide aux devoirs exemple",
        "details-levels": "6e",
        "details-place": "home",
        "details-subjects": "mathematics",
    },
}


def review(client, query="", **who):
    draft = send_form(client, f"/post/offer{query}", kind="tutoring").location.removesuffix("/when")
    for step, values in WALK.items():
        data = {**values, **(who if step == "who" else {})}
        answer = send_form(client, f"{draft}/{step}", **data)
        assert answer.status_code == 303, answer.text
    return f"{draft}/review"


def send_form(client, path, **values):
    return client.post(path, data={"csrf_token": csrf_of(client.get(path).text), **values})


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("", "première offre de ce type"),
        ("parent", "L’équipe la lit d’abord"),
        ("volunteer", ""),
    ],
)
def test_the_review_says_who_reads_first_and_how_far_it_goes(team, who, words):
    client = team.browse(who)
    path = review(client)
    page = client.get(path).text
    assert words in page
    assert ("lit d’abord" in page) == bool(words)
    assert "Sur ce site, même sans compte." in page
    assert "sites partenaires" not in page
    if who:
        sent = client.post(path, data={"csrf_token": csrf_of(page)}, follow_redirects=True).text
        assert ("est en ligne" in sent) == (who == "volunteer")
        assert ("pas encore en ligne" in sent) == (who == "parent")


@pytest.mark.parametrize("who", ["parent", "coordinator"])
def test_an_offer_of_an_association_goes_to_partner_sites(team, who):
    client = team.browse(who)
    path = review(client, f"?organisation={team.association}", organisation=str(team.association))
    page = client.get(path).text
    assert "sites partenaires" in page
    assert ("Association Exemple 1 la lit d’abord" in page) == (who == "parent")


def test_a_hidden_or_declined_offer_cannot_be_published(team):
    offer = identifier(team.post("parent", **OWN))
    with database.writing() as session:
        row = session.get_one(Offer, offer)
        service.hide_offer(session, offer=row)
        administrator = find_member(session, email=team.emails["administrator"])
        with pytest.raises(Refused):
            service.publish_offer(session, offer=row, actor=administrator)
        parent = find_member(session, email=team.emails["parent"])
        with pytest.raises(Forbidden):
            service.publish_offer(session, offer=row, actor=parent)
    assert policy.allowed(None, "directory.publish", row) is False


def test_log_in_of_a_browser_is_not_needed_to_see_that_nothing_is_there(team):
    offer = identifier(team.post("parent", **OWN))
    assert browser(team.app).get(f"/offers/{offer}").status_code == 404
    assert (
        log_in(browser(team.app), team.emails["volunteer"]).get(f"/offers/{offer}").status_code
        == 404
    )


# Contact details -----------------------------------------------------------------------------

DETAILS = {
    "06 12 34 56 78": "numéro de téléphone",
    "jean at example point org": "adresse e-mail",
    "12 rue des Lilas": "une adresse",
    "www.exemple.fr": "un lien",
}


@pytest.mark.parametrize("words", DETAILS)
@pytest.mark.parametrize("field", ["title", "summary"])
@pytest.mark.parametrize("side", ["offer", "request"])
def test_a_form_points_out_contact_details_and_keeps_what_was_typed(village, words, field, side):
    client = village.browse("parent")
    draft = send_form(client, f"/post/{side}", kind="tutoring").location.removesuffix("/when")
    for step in ("when", "where"):
        send_form(client, f"{draft}/{step}", **WALK[step])
    answers = {**WALK["who"], field: f"Joignable : {words}"}
    answer = send_form(client, f"{draft}/who", **answers)
    assert answer.status_code == 422
    assert f"Ce texte contient {DETAILS[words]}" in answer.text or DETAILS[words] in answer.text
    assert f"Joignable : {words}" in answer.text
    assert answer.text.count("Ce texte contient") >= 1
    fine = send_form(client, f"{draft}/who", **{**answers, field: "Joignable par le site"})
    assert (fine.status_code, fine.location) == (303, f"{draft}/review")


@pytest.mark.parametrize("who", ["parent", "coordinator", "site"])
def test_the_api_names_the_field_that_holds_a_contact_detail(village, who):
    answer = village.post(who, title="Appelez le 06 12 34 56 78", summary="3 rue Haute")
    assert answer.status_code == 422
    assert set(answer.json["errors"]) == {"title", "summary"}
    with database.reading() as session:
        assert session.scalars(select(Offer)).all() == []


@pytest.mark.parametrize(
    ("dial", "words"),
    [("always", "L’équipe la lit d’abord"), ("first", "première offre de ce type"), ("never", "")],
)
def test_before_a_login_the_review_goes_by_the_dial_of_the_kind(team, dial, words):
    kinds = team.site.kinds
    kinds["tutoring"] = replace(kinds["tutoring"], moderation=dial, with_children=dial != "never")
    client = team.browse("")
    page = client.get(review(client)).text
    assert words in page
    assert ("lit d’abord" in page) is bool(words)
