"""`entraide federation …`: what an operator sees, and the exit status that a script needs."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import select

import entraide_federation
from entraide import database, outbox, runtime
from entraide.errors import BadInput
from entraide.testing import add_offer, add_organisation
from entraide_federation import commands
from entraide_federation.publishing import publisher
from entraide_federation.store.models import Origin, SignedObject, Source

PEERS = '[federation]\npeers = [{base = "https://hub.example", role = "hub"}]\n'


def run(command, *arguments):
    return CliRunner().invoke(command, arguments, catch_exceptions=False)


@pytest.fixture
def bare(make_site):
    """A site without keys."""
    with runtime.activate(make_site(plugins=("federation",))) as opened:
        yield opened


@pytest.fixture
def published(make_origin, publish_all):
    """A site with peers, an organisation and an offer."""
    with runtime.activate(make_origin(toml=PEERS)) as opened:
        with database.writing() as session:
            organisation = add_organisation(session).id
            add_offer(session, kind="canary", organisation_id=organisation)
        publish_all()
        yield opened


def test_the_plugin_declares_what_it_brings(bare):
    names = {command.name for command in entraide_federation.register_commands()}
    assert names == {
        "init",
        "check-sheet",
        "renew",
        "heal",
        "head",
        "peers",
        "pull",
        "release",
        "verify",
        "suspend",
        "unsuspend",
        "hide",
        "unhide",
    }
    jobs = {job.name: job.period for job in entraide_federation.register_jobs()}
    assert jobs == {
        "federation.publish": 1,
        "federation.pull": 1,
        "federation.sweep": 86400,
        "federation.remind": 86400,
    }
    assert "federation" in bare.registry.modules


def test_init_prints_the_sheet_once(bare):
    first, second = run(commands.init), run(commands.init)
    assert "FEUILLE DE SECOURS" in first.output
    assert second.output == "This site has its federation keys already.\n"
    with database.reading() as session:
        assert session.scalar(select(Origin.is_own))


def test_init_writes_the_sheet_to_a_file(bare, tmp_path):
    sheet = tmp_path / "sheet.txt"
    answer = run(commands.init, "--recovery-sheet", str(sheet))
    assert "FEUILLE" not in answer.output
    assert "FEUILLE DE SECOURS" in sheet.read_text()
    assert "recovery sheet of this site" in run(commands.check_sheet, str(sheet)).output


def test_another_site_s_sheet_is_told_apart(bare, make_site, tmp_path):
    sheet = tmp_path / "sheet.txt"
    run(commands.init)
    with runtime.activate(make_site(name="other", plugins=("federation",))):
        run(commands.init, "--recovery-sheet", str(sheet))
    with pytest.raises(BadInput, match="another site"):
        run(commands.check_sheet, str(sheet))


def test_head(bare, published):
    head = json.loads(run(commands.head).output)
    assert (head["type"], head["seq"]) == ("Head", 2)


def test_no_head_yet(bare):
    with pytest.raises(BadInput, match="entraide worker"):
        run(commands.head)


def test_peers(published):
    with database.writing() as session:
        session.add(Source(base="https://gone.example", role="origin"))
    answer = run(commands.peers)
    assert answer.output == "https://hub.example  hub  new\n"
    with database.writing() as session:
        source = session.get_one(Source, "https://hub.example")
        source.error_name, source.error = "connect", "nobody answers"
        session.add(
            Origin(
                base=source.base, state="live", root_fingerprint="sha256:00", pinned_by="first use"
            )
        )
    row = json.loads(run(commands.peers, "--json").output)
    assert row == {
        "base": "https://hub.example",
        "role": "hub",
        "state": "new",
        "origin_state": "live",
        "last_success_at": None,
        "error": "connect: nobody answers",
        "root": "sha256:00",
        "pinned_by": "first use",
        "reason": "",
        "remedy": "",
    }


@pytest.mark.parametrize(("has_hub", "role"), [(True, "relayed"), (False, "removed")])
def test_peers_tells_of_origins_that_are_not_read_directly(published, has_hub, role):
    """An origin behind a hub is frozen: the hub is read without an error, and yet it shows."""
    if not has_hub:
        published.plugin_settings["federation"]["peers"] = []
    base = "https://far.example"
    with database.writing() as session:
        session.add(Origin(base=base, state="frozen", reason="head-rollback"))
    *_, line = run(commands.peers).output.splitlines()
    assert line == (
        f"{base}  {role}  frozen  head-rollback  Ask its operator what happened; "
        f"to accept it: entraide federation release {base}"
    )


def test_peers_tells_why_a_frozen_peer_is_frozen_when_it_is_down_as_well(published):
    base = "https://hub.example"
    run(commands.peers)
    with database.writing() as session:
        session.add(Origin(base=base, state="frozen", reason="lost"))
        source = session.get_one(Source, base)
        source.state, source.error_name, source.error = "frozen", "connect", "nobody answers"
    line = run(commands.peers).output
    assert "  lost  " in line
    assert "connect: nobody answers" in line
    assert f"release {base}" in line


def test_pull_of_a_peer_that_is_down(make_origin, served, publish_all):
    """One peer answers, the other does not: told apart, and the status says that one failed."""
    publish_all()
    base = served.settings.site.base_url
    local = (
        '[site]\ndevelopment = true\nbase_url = "http://127.0.0.1:9"\n[federation]\n'
        f'peers = [{{base = "{base}"}}, {{base = "http://127.0.0.1:1"}}]\n'
    )
    reader = make_origin(name="reader", files={"local.toml": local})
    reader.clock = served.clock
    with runtime.activate(reader):
        both = run(commands.pull, "--json")
        rows = [json.loads(line) for line in both.output.splitlines() if line[0] == "{"]
        assert [(row["base"], bool(row["error"])) for row in rows] == [
            (base, False),
            ("http://127.0.0.1:1", True),
        ]
        assert both.exit_code == 1
        one = run(commands.pull, base)
        assert one.exit_code == 0
        assert one.output.startswith(base)
        with pytest.raises(BadInput, match="is not a peer"):
            run(commands.pull, "https://other.example")


def test_verify(published):
    answer = run(commands.verify)
    assert (answer.exit_code, answer.output) == (0, "https://site.example  2 objects  ok\n")
    with database.writing() as session:
        row = session.scalars(select(SignedObject).where(SignedObject.type == "Offer")).one()
        row.body = row.body.replace(b"Offre", b"Autre")
    answer = run(commands.verify, "--json")
    assert answer.exit_code == 1
    assert not json.loads(answer.output)["ok"]
    assert "DIFFERS" in run(commands.verify).output


def test_release(published):
    with database.writing() as session:
        session.add(Source(base="https://hub.example", role="hub", state="frozen"))
    answer = run(commands.release, "https://hub.example")
    assert "read again" in answer.output
    with database.reading() as session:
        assert session.get_one(Source, "https://hub.example").state == "new"


def test_release_of_a_stranger(published):
    with pytest.raises(BadInput, match="is not known here"):
        run(commands.release, "https://other.example")


def test_events_reach_the_publisher_through_the_outbox(published):
    with database.writing() as session:
        add_organisation(session, 2)
    outbox.deliver_pending()
    assert publisher.publish_once() == 1
