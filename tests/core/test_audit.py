"""The journal: each privileged route and command leaves exactly one row, naming whom it concerns."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from zipfile import ZipFile

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from entraide import audit, database, runtime
from entraide.app import create_app
from entraide.audit import AuditEntry
from entraide.cli.main import ON_SITE, PLAIN
from entraide.database import blind_index
from entraide.directory.offers.service import publish_offer
from entraide.help_requests import service
from entraide.help_requests.models import HelpRequest
from entraide.members import accounts, commands, register_commands
from entraide.members.models import ApiToken, Member
from entraide.privacy import export_member
from entraide.privacy.cli import export_command
from entraide.testing import (
    add_answer,
    add_member,
    add_offer,
    add_organisation,
    add_request,
    browser,
    csrf_of,
    in_days,
    log_in,
)

PAYLOAD = {"levels": ["6e"], "subjects": ["all"], "place": "home", "goals": "Lire"}


@pytest.fixture
def site(make_site, database_url):
    with runtime.activate(make_site(url=database_url, plugins=("tutoring",))) as opened:
        yield opened


@pytest.fixture
def people(site):
    """Give everyone, an open request, one that is matched with the volunteer, and two offers."""
    with database.writing() as session:
        found = {
            role: add_member(session, number, role)
            for number, role in enumerate(("parent", "volunteer", "moderator", "administrator"), 1)
        }
        found["coordinator"] = add_member(session, 5)
        found["newcomer"] = add_member(session, 6, "volunteer").id
        ours = add_organisation(session, 1, found["coordinator"])
        for name in ("open", "matched", "closed"):
            found[name] = add_request(
                session, kind="tutoring", actor=found["parent"], payload=PAYLOAD
            ).id
        request = session.get_one(HelpRequest, found["matched"])
        answer = add_answer(session, request=request, actor=found["volunteer"])
        for name in ("parent", "volunteer"):
            service.agree(session, answer=answer, actor=found[name])
        found["agreed"] = answer.id
        request = session.get_one(HelpRequest, found["closed"])
        service.close_request(session, request=request, actor=found["parent"], reason="closed")
        # The first one of theirs, so it waits for the team.
        own = add_offer(session, kind="tutoring", actor=found["parent"], payload=PAYLOAD)
        found["own"] = own.id
        for name in ("pending", "public"):
            offer = add_offer(
                session,
                kind="tutoring",
                actor=found["parent"],
                organisation_id=ours.id,
                payload=PAYLOAD,
            )
            found[name] = offer.id
            if name == "public":
                publish_offer(session, offer=offer, actor=found["coordinator"])
        return found


def rows():
    with database.reading() as session:
        return list(session.scalars(select(AuditEntry)))


def since(before):
    known = {row.id for row in before}
    return [row for row in rows() if row.id not in known]


READINGS = [
    ("parent", "/requests/{open}", None),
    ("volunteer", "/requests/{open}", "help_requests.read"),
    ("coordinator", "/requests/{open}", "help_requests.read"),
    ("moderator", "/requests/{open}", "help_requests.read"),
    ("administrator", "/requests/{open}", "help_requests.read"),
    ("volunteer", "/requests/{matched}", "help_requests.read_private"),
    ("parent", "/requests/{matched}", None),
    ("moderator", "/requests/{matched}", None),
    ("moderator", "/requests/contacts", None),
    ("coordinator", "/requests/contacts", None),
    ("volunteer", "/requests/contacts", None),
    ("parent", "/offers/{public}", None),
    ("volunteer", "/offers/{public}", None),
    ("coordinator", "/offers/{public}", "directory.read_private"),
    ("moderator", "/offers/{public}", "directory.read_private"),
    ("administrator", "/offers/{public}", "directory.read_private"),
    ("coordinator", "/offers/{own}", "directory.read_private"),
    ("moderator", "/offers/{own}", "directory.read_private"),
    ("volunteer", "/offers/{own}", None),
    ("parent", "/offers/{own}", None),
    ("moderator", "/offers/{public}/withdraw", None),
    ("moderator", "/manage/members/{newcomer}/stop", None),
    ("parent", "/leave", None),
    ("coordinator", "/offers/{pending}", "directory.read_private"),
    ("parent", "/offers/{pending}", None),
    ("volunteer", "/offers/{pending}", None),
    ("moderator", "/requests", None),
    ("volunteer", "/requests/mine", None),
    ("parent", "/account", None),
    ("coordinator", "/manage", None),
    ("coordinator", "/manage/offers.csv?kind=tutoring", "directory.export"),
    ("administrator", "/manage/offers.csv?kind=tutoring", "directory.export"),
    ("volunteer", "/manage/offers.csv?kind=tutoring", None),
    ("moderator", "/requests/{open}/close", None),
    ("volunteer", "/requests/{matched}/answers/{agreed}/withdraw", None),
]
"""Who opens what, and the action of the one row that it leaves (None: none)."""


@pytest.mark.parametrize(("who", "path", "action"), READINGS)
def test_a_reading_leaves_exactly_one_row_that_names_whom_it_concerns(
    site, people, who, path, action
):
    client = log_in(browser(create_app(site)), people[who].email)
    path, before = path.format(**people), rows()
    client.get(path)
    written = since(before)
    assert [row.action for row in written] == ([action] if action else [])
    for row in written:
        assert row.actor == str(people[who].id)
        export = action == "directory.export"
        assert row.person == (None if export else str(people["parent"].id))
        assert row.subject == ("tutoring" if export else path.rpartition("/")[2])
    client.get(path)
    assert len(since(before)) == len(written) * (1 + (action == "directory.export"))
    site.clock.advance(timedelta(days=1))
    log_in(client, people[who].email)
    before = rows()
    client.get(path)
    assert [row.action for row in since(before)] == ([action] if action else [])


WRITINGS = [
    ("volunteer", "/requests/{open}/answer", {"message": "Oui"}, ["help_requests.answer"]),
    ("volunteer", "/requests/{open}/answer", {"message": ""}, ["help_requests.read"]),
    ("moderator", "/requests/{open}/close", {"reason": "closed"}, ["help_requests.close"]),
    ("parent", "/requests/{matched}/close", {"reason": "done"}, ["help_requests.done"]),
    ("parent", "/requests/{closed}/reopen", {"verify_by": in_days}, ["help_requests.reopen"]),
    ("parent", "/requests/{closed}/reopen", {"verify_by": ""}, []),
    ("volunteer", "/requests/{matched}/answers/{agreed}/withdraw", {}, ["help_requests.give_back"]),
    ("coordinator", "/offers/{pending}/publish", {}, ["directory.publish"]),
    ("coordinator", "/offers/{pending}/decline", {}, ["directory.withdraw"]),
    ("coordinator", "/offers/{own}/publish", {}, ["directory.publish"]),
    ("moderator", "/offers/{own}/decline", {}, ["directory.withdraw"]),
    ("volunteer", "/offers/{own}/publish", {}, []),
    ("parent", "/offers/{public}/withdraw", {}, ["directory.withdraw"]),
    ("coordinator", "/offers/{public}/withdraw", {}, ["directory.withdraw"]),
    ("administrator", "/offers/{public}/withdraw", {}, ["directory.remove.rules"]),
    ("moderator", "/offers/{public}/withdraw", {"reason": "danger"}, ["directory.remove.danger"]),
    ("volunteer", "/offers/{public}/withdraw", {}, []),
    ("coordinator", "/offers/{public}/confirm", {}, ["directory.confirm"]),
    ("parent", "/requests/{matched}/end-contact", {}, ["help_requests.end_contact"]),
    ("moderator", "/requests/{matched}/end-contact", {}, ["help_requests.end_contact"]),
    ("volunteer", "/requests/{matched}/end-contact", {}, []),
    (
        "moderator",
        "/manage/members/{newcomer}/stop",
        {"reason": "danger"},
        ["members.suspend.danger"],
    ),
    ("coordinator", "/manage/members/{newcomer}/stop", {}, []),
    ("parent", "/account/sessions", {}, ["members.revoke_everything"]),
]


@pytest.mark.parametrize(("who", "path", "sent", "actions"), WRITINGS)
def test_an_act_leaves_exactly_one_row(site, people, who, path, sent, actions):
    client = log_in(browser(create_app(site)), people[who].email)
    token = csrf_of(client.get("/account").text)
    values = {
        name: value(9).isoformat() if callable(value) else value for name, value in sent.items()
    }
    before = rows()
    answer = client.post(path.format(**people), data={"csrf_token": token, **values})
    assert answer.status_code in ((303, 422) if actions or who == "parent" else (404,))
    assert [row.action for row in since(before)] == actions
    assert {row.actor for row in since(before)} <= {str(people[who].id)}
    concerned = people["newcomer"] if "{newcomer}" in path else people["parent"].id
    assert {row.person for row in since(before)} <= {str(concerned)}


def test_two_windows_at_once_leave_one_row(site, people):
    def read(_number):
        with runtime.activate(site):
            audit.record_reading(
                audit.Reading(people["volunteer"].id, "x.read", "y", people["parent"].id)
            )

    before = rows()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(read, range(12)))
    assert len(since(before)) == 1


def invoke(command, *arguments):
    return CliRunner().invoke(command, arguments, catch_exceptions=False).output


def act_export(people, tmp_path):
    invoke(export_command, "--member", people["parent"].email, "--output", str(tmp_path / "x.zip"))


def act_link(people, tmp_path):
    invoke(commands.link, people["parent"].email)


def act_add(people, tmp_path):
    invoke(commands.add, people["parent"].email, "--role", "volunteer")


def act_token(people, tmp_path):
    invoke(commands.create, "--name", "planning", "--member", people["parent"].email)


def act_on_member(command, *options):
    return lambda people, tmp_path: invoke(command, people["parent"].email, *options)


def act_reinstate(people, tmp_path):
    with database.writing() as session:
        session.get_one(Member, people["parent"].id).suspended_at = runtime.current().clock.now()
    invoke(commands.reinstate, people["parent"].email)


def act_token_revoke(people, tmp_path):
    with database.writing() as session:
        parent = session.get_one(Member, people["parent"].id)
        session.add(
            ApiToken(
                digest="x",
                name="t",
                scopes=[],
                created_at=runtime.current().clock.now(),
                member_id=parent.id,
            )
        )
    invoke(commands.revoke, "t")


COMMANDS = {
    "export": (act_export, "privacy.export"),
    "members link": (act_link, "members.link"),
    "members add": (act_add, "members.grant.volunteer"),
    "members revoke": (
        act_on_member(commands.revoke_role, "--role", "parent"),
        "members.revoke.parent",
    ),
    "members reinstate": (act_reinstate, "members.reinstate"),
    "token": (act_token, "members.token"),
    "token revoke": (act_token_revoke, "members.token.revoke"),
}
READ_NOTHING = {
    "init",
    "demo",
    "jobs",
    "serve",
    "worker",
    "migrate",
    "seed",
    "plugin",
    "plugins",
    "search",
    "status",
}
"""Commands that show and hand out nothing of a person."""


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_leaves_exactly_one_row_that_names_whom_it_concerns(people, name, tmp_path):
    act, action = COMMANDS[name]
    before = rows()
    act(people, tmp_path)
    (row,) = since(before)
    assert (row.action, row.person) == (action, str(people["parent"].id))
    assert people["parent"].email not in f"{row.actor} {row.subject} {row.person}"


@pytest.mark.parametrize("options", [(), ("--take-down",)])
def test_whoever_is_suspended_leaves_one_row_and_one_for_each_thing_that_ends(people, options):
    before = rows()
    invoke(commands.suspend, people["parent"].email, *options)
    written = since(before)
    assert [row.action for row in written].count("members.suspend") == 1
    assert {row.person for row in written} == {str(people["parent"].id)}
    # The open request closes, the contact of the other ends; three offers are removed.
    ended = Counter(row.action for row in written if row.action != "members.suspend")
    requests = {"help_requests.close": 1, "help_requests.end_contact": 1}
    assert ended == requests | ({"directory.remove.rules": 3} if options else {})


def test_every_command_of_members_is_in_the_list():
    entered = {f"members {command.name}" for command in register_commands()}
    assert entered == {name for name in COMMANDS if name.startswith("members ")} | {
        "members suspend"
    }


def test_every_command_of_the_core_is_in_one_of_the_two_lists():
    assert {*PLAIN, *ON_SITE} == READ_NOTHING | {name for name in COMMANDS if " " not in name}


def test_a_link_for_an_address_without_account_is_found_by_whoever_opens_one(site, tmp_path):
    invoke(commands.link, "nouveau1@example.org")
    (row,) = rows()
    assert row.person == blind_index("nouveau1@example.org")
    with database.writing() as session:
        member = accounts.open_account(session, email="nouveau1@example.org")
    with database.reading() as session:
        export_member(session, member.id, tmp_path / "x.zip")
    with ZipFile(tmp_path / "x.zip") as files:
        found = json.loads(files.read("data/audit_entry.json"))
    assert [one["action"] for one in found] == ["members.link"]


def test_the_person_concerned_reads_it_in_their_export_and_on_their_account(site, people, tmp_path):
    app = create_app(site)
    account = log_in(browser(app), people["parent"].email)
    assert "Personne n’a encore ouvert" in unescape(account.get("/account").text)
    log_in(browser(app), people["moderator"].email).get(f"/requests/{people['open']}")
    act_export(people, tmp_path)
    page = unescape(account.get("/account").text)
    assert "Quelqu’un qui peut aider a ouvert votre demande." in page
    assert "a fait une copie de vos données" in page
    assert people["moderator"].display_name not in page
    with ZipFile(tmp_path / "x.zip") as files:
        found = json.loads(files.read("data/audit_entry.json"))
        everything = "".join(files.read(name).decode() for name in files.namelist())
    (reading,) = (one for one in found if one["action"] == "help_requests.read")
    assert reading["actor"] == {"role": "actor"}
    assert reading["person"] == str(people["parent"].id)
    assert "privacy.export" in {one["action"] for one in found}
    assert str(people["moderator"].id) not in everything
    other = tmp_path / "moderator.zip"
    with database.reading() as session:
        export_member(session, people["moderator"].id, other)
    with ZipFile(other) as files:
        written = json.loads(files.read("data/audit_entry.json"))
        everything = "".join(files.read(name).decode() for name in files.namelist())
    (reading,) = (one for one in written if one["action"] == "help_requests.read")
    assert (reading["actor"], reading["person"]) == (
        str(people["moderator"].id),
        {"role": "person"},
    )
    assert str(people["parent"].id) not in everything


def test_what_is_not_written_down_is_not_shown(site, people, monkeypatch):
    client = log_in(browser(create_app(site)), people["volunteer"].email)

    def fail(_reading):
        raise database.sessions.StorageFull("full")

    monkeypatch.setattr(audit, "record_reading", fail)
    answer = client.get(f"/requests/{people['open']}")
    assert answer.status_code == 507
    assert "Demande exemple" not in answer.text
