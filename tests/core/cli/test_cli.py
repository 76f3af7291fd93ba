"""The command line: from an empty folder to a site, and words for what goes wrong."""

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from entraide import config, database, runtime
from entraide.app import create_site
from entraide.cli import entraide, main
from entraide.errors import NotFound
from entraide.jobs.leases import JobLease
from entraide.members import service
from entraide.members.models import ApiToken, Member
from entraide.outbox import DeadLetter
from entraide.outbox.models import OutboxMessage
from entraide.plugins import loading

SITE = '[site]\nname = "Site Exemple"\nbase_url = "https://site.example"\nterritory = ["58079"]\n'


@pytest.fixture
def folder(tmp_path, templates, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(templates.folder))
    monkeypatch.delenv("ENTRAIDE_INSTANCE", raising=False)
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "instance.toml").write_text(SITE + '[plugins]\nenabled = ["tutoring"]\n')
    return folder


def run(folder, *arguments):
    return CliRunner().invoke(entraide, ["--instance", str(folder), *arguments])


def well(folder, *arguments):
    result = run(folder, *arguments)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


@pytest.fixture
def ready(folder):
    well(folder, "init", "--unattended")
    return folder


def opened(folder):
    return create_site(config.load(folder, {}))


def test_init_makes_a_site_and_running_it_again_changes_nothing(folder):
    assert "is ready" in well(folder, "init", "--unattended")
    secret = (folder / "state" / "secret.key").read_bytes()
    well(folder, "init", "--unattended")
    assert (folder / "state" / "secret.key").read_bytes() == secret


def test_init_writes_the_settings_of_a_new_folder(tmp_path, folder):
    new = tmp_path / "new"
    answers = [
        "--name",
        'Le "bon" coin',
        "--base-url",
        "https://new.example",
        "--territory",
        "58079",
    ]
    well(new, "init", "--unattended", *answers)
    assert config.load(new, {}).site.name == 'Le "bon" coin'
    assert (new / "state" / "federation" / "publishing.key").exists()


def test_init_switches_on_what_is_installed_and_nothing_else(tmp_path, folder, monkeypatch):
    new, known = tmp_path / "new", loading.entry_points
    points = [point for point in known(group=loading.GROUP) if point.name == "outings"]
    monkeypatch.setattr(loading, "entry_points", lambda group: points)
    answers = ["--name", "Neuf", "--base-url", "https://new.example", "--territory", "58079"]
    assert "set aside" not in well(new, "init", "--unattended", *answers)
    assert config.load(new, {}).plugins == ("outings",)


@pytest.mark.parametrize("port", [8000, 21700])
def test_init_prepares_a_trial_on_this_machine(tmp_path, folder, port):
    new = tmp_path / "new"
    address = [] if port == 8000 else ["--base-url", f"http://127.0.0.1:{port}"]
    well(new, "init", "--unattended", "--development", "--name", "Neuf", *address)
    settings = config.load(new, {})
    assert settings.site.development
    assert settings.site.base_url == f"http://127.0.0.1:{settings.server.port}"
    assert settings.server.port == port
    again = run(new, "init", "--development")
    assert "put development = true below [site]" in str(again.exception)


def test_a_wrong_answer_of_init_names_the_option_and_keeps_nothing(tmp_path):
    new = tmp_path / "new"
    answers = ["--name", "Neuf", "--base-url", "http://127.0.0.1:8000", "--territory", "58079"]
    result = run(new, "init", "--unattended", *answers)
    assert result.exit_code != 0
    assert "--base-url" in result.output
    assert "for a trial on this machine --development" in result.output
    assert "development = true" in str(result.exception)
    assert not (new / "instance.toml").exists()


def test_init_prints_or_writes_the_recovery_sheet(tmp_path, folder):
    sheet = tmp_path / "sheet.txt"
    new = tmp_path / "new"
    answers = ["--name", "Neuf", "--base-url", "https://new.example", "--territory", "58079"]
    well(new, "init", "--unattended", "--recovery-sheet", str(sheet), *answers)
    assert len(sheet.read_text()) > 52
    other = tmp_path / "other"
    assert "recovery" in well(other, "init", "--unattended", *answers).lower()


def test_a_token_is_created_listed_and_revoked(ready):
    secret = well(ready, "token", "create", "--name", "essai").strip()
    assert len(secret) == 32
    listed = well(ready, "token", "list")
    assert "essai" in listed
    assert secret not in listed
    assert "revoked" in well(ready, "token", "revoke", "essai")
    with runtime.activate(opened(ready)), database.reading() as session:
        row = session.scalars(select(ApiToken)).one()
        assert row.revoked_at is not None
        assert row.digest != secret


def test_a_member_is_added_with_roles(ready):
    well(ready, "members", "add", "parent1@example.org", "--role", "parent")
    with runtime.activate(opened(ready)), database.reading() as session:
        assert session.scalars(select(Member)).one().roles == {"parent"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["plugins"],
        ["migrate"],
        ["seed"],
        ["search", "rebuild"],
        ["token", "list"],
        ["--help"],
        ["tutoring", "--help"],
        ["members", "--help"],
        ["--version"],
    ],
)
def test_every_other_command_answers(ready, arguments):
    result = run(ready, *arguments)
    assert result.exit_code == (2 if arguments[0] == "tutoring" else 0), result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--instance", "/nonexistent", "token", "list"], "instance.toml"),
        (["token", "create", "--member", "nobody@example.org"], "entraide members add"),
        (["token", "revoke", "unknown"], "entraide token list"),
        (["nonsense"], "nonsense"),
        (["members", "add", "nobody"], "is not an e-mail address"),
        (["members", "link", "nobody"], "is not an e-mail address"),
        (["demo", ".", "--port", "99999"], "65535"),
        (["demo", ".", ".", "--port", "65535"], "2 sites need ports up to 65536"),
    ],
)
def test_mistakes_end_with_a_sentence_and_no_trace(ready, monkeypatch, capsys, arguments, words):
    monkeypatch.setenv("ENTRAIDE_INSTANCE", str(ready))
    monkeypatch.setattr("sys.argv", ["entraide", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code not in (0, None)
    shown = capsys.readouterr().err
    assert words in shown
    assert "Traceback" not in shown


def test_a_wrong_file_lists_all_mistakes(folder, monkeypatch, capsys):
    (folder / "instance.toml").write_text(SITE.replace("https", "htp") + "[mial]\n")
    monkeypatch.setattr("sys.argv", ["entraide", "--instance", str(folder), "plugins"])
    with pytest.raises(SystemExit):
        main()
    shown = capsys.readouterr().err
    assert "base_url" in shown
    assert "mial" in shown


WRONG_EVERYWHERE = """
naem = "x"
state = "instance.toml"
[mail]
smtp_host = "smtp host"
[plugins]
enabled = ["tutoring", "outings", "federation"]
[tutoring]
colour = 1
[plugins.outings]
sise = 2
[federation]
role = "hubb"
poll_seconds = 0
[[federation.peers]]
base = "ftp://peer.example"
"""


@pytest.mark.parametrize("broken", ["", "naem", "base_url", "development"])
def test_mistakes_of_the_core_hide_none_of_a_plugins(folder, monkeypatch, capsys, broken):
    site = SITE.replace("https", "htp") if broken == "base_url" else SITE
    site += 'development = "yes"\n' if broken == "development" else ""
    text = site + (WRONG_EVERYWHERE if broken else WRONG_EVERYWHERE.partition("[plugins]")[2])
    text = text if broken else text.replace(site, site + "[plugins]")
    (folder / "instance.toml").write_text(text)
    monkeypatch.setattr("sys.argv", ["entraide", "--instance", str(folder), "init"])
    with pytest.raises(SystemExit):
        main()
    told = capsys.readouterr().err
    core = ["[site] naem: there", "[site] state: ", "[mail] smtp_host: "] if broken else []
    plugins = [
        "[tutoring] colour: there is no such setting. Remove it.",
        "[plugins.outings] sise: there",
        '[federation] role: "hubb" is no role',
        "[federation] poll_seconds: 0 is out of range",
        '[[federation.peers]] 1, base: "ftp://peer.example" is not',
    ]
    if broken == "development":
        # Whether an address is good depends on this switch: plugins are judged once it is right.
        core, plugins = ["[site] development: ", "[site] naem: there"], []
    assert [words for words in [*core, *plugins] if words not in told] == []
    assert "Traceback" not in told


def test_an_account_without_a_home_runs_a_site(ready, monkeypatch):
    nowhere = ready.parent / "file"
    nowhere.write_text("no folder can be made here")
    monkeypatch.setenv("XDG_CACHE_HOME", str(nowhere))
    assert "enabled" in well(ready, "plugins")
    assert list((ready / "state").glob("gazetteer-*.sqlite"))


def test_plugins_are_listed_with_what_they_are(ready):
    (ready / "instance.toml").write_text(SITE + '[plugins]\nenabled = ["tutoring", "probe"]\n')
    (ready / "plugins").mkdir()
    (ready / "plugins" / "probe.py").write_text('"""Say nothing.\n\nMore."""\n')
    lines = well(ready, "plugins").splitlines()
    assert "members  enabled" in lines
    assert "probe  enabled  Say nothing." in lines
    (tutoring,) = [line for line in lines if line.startswith("tutoring")]
    assert tutoring.startswith("tutoring  enabled  Aide aux devoirs: Un bénévole aide un élève")


def test_a_plugin_that_is_gone_is_told(ready):
    (ready / "instance.toml").write_text(SITE + '[plugins]\nenabled = ["gone"]\n')
    assert "gone  set aside" in well(ready, "plugins")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("@hookimpl\ndef register_commands():\n    return [print]\n", "expected Command"),
        ("@hookimpl\ndef register_jobs():\n    return [1]\n", "expected Job"),
        ("@hookimpl\ndef register_blueprints():\n    return [1]\n", "expected Blueprint"),
    ],
)
def test_a_plugin_that_fails_in_what_is_asked_last_is_told(ready, body, reason):
    (ready / "plugins").mkdir()
    (ready / "plugins" / "probe.py").write_text("from entraide import hookimpl\n" + body)
    (ready / "instance.toml").write_text(SITE + '[plugins]\nenabled = ["probe"]\n')
    told = [line for line in well(ready, "plugins").splitlines() if line.startswith("probe")]
    assert len(told) == 1
    assert reason in told[0]
    assert "probe  set aside: " in told[0]


def test_help_lists_the_commands_of_the_instance(ready, monkeypatch):
    monkeypatch.chdir("/")
    assert "The plugin members." in well(ready, "--help")


def test_the_first_administrator_gets_a_link_that_works_once(ready):
    well(ready, "members", "add", "administrator1@example.org", "--role", "administrator")
    links = {well(ready, "members", "link", "administrator1@example.org").strip() for _ in range(7)}
    assert len(links) == 7, "no limit for whoever runs the site"
    with runtime.activate(opened(ready)), database.writing() as session:
        token = links.pop().rpartition("/")[2]
        member, _path = service.consume_link(session, token=token)
        assert member.roles == {"administrator"}
        with pytest.raises(NotFound):
            service.consume_link(session, token=token)


def test_status_tells_what_waits_fails_and_was_given_up(ready):
    site = opened(ready)
    now = site.clock.now()
    with runtime.activate(site), database.writing() as session:
        session.add_all(
            [
                JobLease(
                    name="tea.boil", holder="x", leased_until=now, last_error="ValueError: cold"
                ),
                JobLease(name="tea.pour", holder="x", leased_until=now, last_finished_at=now),
                DeadLetter(
                    event_name="Message",
                    members={"key": "login-1"},
                    plugin="deliver",
                    error="not sent in 3 days",
                    died_at=now,
                ),
                DeadLetter(
                    event_name="OfferPublished", members={}, plugin="tea", error="cold", died_at=now
                ),
                OutboxMessage(
                    key="login-2",
                    address="parent3@example.org",
                    subject="Lien",
                    body="Bonjour",
                    created_at=now,
                    next_at=now,
                    attempts=2,
                ),
            ]
        )
    answer = run(ready, "status")
    assert answer.exit_code == 1, "a job fails, a message waits, another was given up"
    said = answer.output
    for words in (
        "job tea.boil: last run never, failed: ValueError: cold",
        "job tea.pour: last run 2",
        "outbox: 2 waiting",
        "messages: 1 not sent",
        "Message login-1: not sent in 3 days",
        "OfferPublished tea: cold",
    ):
        assert words in said
    assert "parent3" not in said
