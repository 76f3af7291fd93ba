"""From checked values to settings: folders, defaults that follow from others, the mail's password."""

from __future__ import annotations

import os

import pytest

from entraide import config
from entraide.errors import ConfigurationError

SITE = '[site]\nname = "Exemple"\nbase_url = "https://exemple.example"\n'
MAIL = 'email = "contact@exemple.example"\n[mail]\nsmtp_host = "smtp.exemple.example"\n'


@pytest.fixture
def load(tmp_path):
    """Give a function that loads a site from what follows its two obligatory lines."""

    def read(text="", environment=None):
        (tmp_path / "instance.toml").write_text(SITE + text, "utf-8")
        return config.load(tmp_path, environment or {})

    return read


@pytest.fixture
def mistake_of(load):
    """Give a function that returns the one mistake in such a site."""

    def read(text="", environment=None):
        with pytest.raises(ConfigurationError) as caught:
            load(text, environment)
        (mistake,) = caught.value.mistakes
        return mistake

    return read


@pytest.mark.parametrize(
    ("state", "below"),
    [("state", "state"), ("a/b/c", "a/b/c"), ("./x", "x"), ("../beside", "../beside")],
)
def test_the_state_lies_beside_the_instance_or_where_it_is_put(tmp_path, load, state, below):
    settings = load(f'state = "{state}"\n')
    assert settings.state == tmp_path.resolve() / below
    assert settings.secret_file == settings.state / "secret.key"
    assert settings.database.url == f"sqlite:///{settings.state}/entraide.sqlite"
    assert settings.mail.mailbox == settings.state / "mailbox"
    assert load('state = "/srv/exemple"\n').state.as_posix() == "/srv/exemple"


@pytest.mark.parametrize(
    "state", ["instance.toml", "instance.toml/state", "instance.toml/a/b", "x" * 300]
)
def test_a_state_that_cannot_be_made_is_told_before_anything_is_tried(mistake_of, state):
    mistake = mistake_of(f'state = "{state}"\n')
    assert mistake.startswith("instance.toml, line 4, [site] state: ")
    assert mistake.endswith("cannot be a folder. Write the path of a folder that may be made.")


def test_a_state_may_be_a_link_to_a_folder(tmp_path, load):
    (tmp_path / "disk").mkdir()
    (tmp_path / "state").symlink_to(tmp_path / "disk")
    settings = load()
    config.create_secret(settings)
    assert (tmp_path / "disk" / "secret.key").is_file()


def test_a_relative_folder_is_made_absolute_once(tmp_path, load, monkeypatch):
    load()
    monkeypatch.chdir(tmp_path)
    settings = config.load(tmp_path.relative_to(tmp_path), {})
    monkeypatch.chdir(os.sep)
    assert settings.folder == tmp_path.resolve()
    assert settings.instance == tmp_path.name


@pytest.mark.parametrize(
    ("url", "built"),
    [
        ("sqlite:///data.sqlite", "sqlite:///{folder}/data.sqlite"),
        ("sqlite:///a/../data.sqlite", "sqlite:///{folder}/a/../data.sqlite"),
        ("sqlite:////srv/data.sqlite", "sqlite:////srv/data.sqlite"),
        ("postgresql://me:p%40ss@db/site", "postgresql+psycopg://me:p%40ss@db/site"),
    ],
)
def test_the_database_keeps_its_password_and_a_file_gets_a_whole_path(tmp_path, load, url, built):
    settings = load(f'[database]\nurl = "{url}"\n')
    assert settings.database.url == built.format(folder=tmp_path.resolve())
    assert "p%40ss" not in repr(settings)


@pytest.mark.parametrize(
    ("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25), (None, 587)]
)
def test_the_port_follows_the_security_unless_it_is_written(load, security, port):
    choice = f'security = "{security}"\n' if security else ""
    assert load(MAIL + choice).mail.smtp_port == port
    assert load(f"{MAIL}{choice}smtp_port = 2525\n").mail.smtp_port == 2525


@pytest.mark.parametrize(
    ("text", "sender"),
    [
        (MAIL, "contact@exemple.example"),
        (f'{MAIL}sender = "site@exemple.example"\n', "site@exemple.example"),
        ('[mail]\nsender = "site@exemple.example"\n', "site@exemple.example"),
        ("", None),
    ],
)
def test_mail_comes_from_the_sender_or_from_the_contact_of_the_site(load, text, sender):
    assert load(text).mail.sender == sender


@pytest.fixture
def password_file(tmp_path):
    file = tmp_path / "password"
    file.write_bytes(b"hidden\n")
    file.chmod(0o600)
    return file


WITH_FILE = f'{MAIL}username = "me"\npassword_file = "password"\n'


@pytest.mark.parametrize(
    ("content", "password"),
    [
        (b"hidden", "hidden"),
        (b"hidden\r\n", "hidden"),
        (b"\nhidden\n\n", "hidden"),
        (b" hid den ", " hid den "),
        ("caché".encode(), "caché"),
        (b"", ""),
    ],
)
def test_a_password_keeps_all_but_the_ends_of_lines_around_it(
    load, password_file, content, password
):
    password_file.write_bytes(content)
    assert load(WITH_FILE).mail.password == password


def test_a_variable_goes_before_the_file_which_then_is_not_opened(load, password_file):
    password_file.unlink()
    settings = load(WITH_FILE, {"ENTRAIDE_SMTP_PASSWORD": "from outside"})
    assert settings.mail.password == "from outside"
    assert "from outside" not in repr(settings)


def test_an_empty_variable_is_none(load, password_file):
    assert load(WITH_FILE, {"ENTRAIDE_SMTP_PASSWORD": ""}).mail.password == "hidden"


@pytest.mark.parametrize(
    ("mode", "content", "words"),
    [
        (0o604, b"hidden", "everybody on this machine may open it. Run: chmod 600"),
        (0o602, b"hidden", "everybody on this machine may open it. Run: chmod 600"),
        (0o600, b"hid\xe9", "the password is not UTF-8 text. Save the file as UTF-8."),
    ],
)
def test_a_password_that_everybody_reads_or_nobody_is_a_mistake(
    load, mistake_of, password_file, mode, content, words
):
    assert load(WITH_FILE).mail.password == "hidden"
    password_file.write_bytes(content)
    password_file.chmod(mode)
    mistake = mistake_of(WITH_FILE)
    assert words in mistake
    assert str(password_file) in mistake
    assert "hid\xe9" not in mistake


def test_a_group_may_share_the_password(load, password_file):
    password_file.chmod(0o640)
    assert load(WITH_FILE).mail.password == "hidden"


def test_a_user_without_any_password_is_told_both_ways(load, mistake_of):
    text = f'{MAIL}username = "me"\n'
    assert mistake_of(text) == (
        "instance.toml, line 7, [mail] username: has no password. "
        "Write password_file, or set ENTRAIDE_SMTP_PASSWORD."
    )
    assert load(text, {"ENTRAIDE_SMTP_PASSWORD": "x"}).mail.username == "me"


def test_a_colour_is_kept_in_small_letters_with_the_text_that_reads_on_it(load):
    site = load('accent = "#FFEE0A"\n').site
    assert (site.accent, site.on_accent) == ("#ffee0a", "#000000")


def test_lists_become_tuples_that_nobody_changes(load):
    text = 'territory = ["58079"]\n[offers]\nread_first = ["outing"]\nread_always = ["tutoring"]\n'
    settings = load(text)
    assert settings.site.territory == ("58079",)
    assert (settings.offers.read_first, settings.offers.read_always) == (("outing",), ("tutoring",))
    with pytest.raises(AttributeError):
        settings.site.name = "another"


def test_tables_of_plugins_are_kept_as_written_and_are_no_part_of_what_settings_show(load):
    text = '[plugins]\nenabled = ["walks"]\n[walks]\ntoken = "hidden"\nlist = [{a = 1}]\n'
    settings = load(text)
    assert settings.plugin_settings == {"walks": {"token": "hidden", "list": [{"a": 1}]}}
    assert "hidden" not in repr(settings)


def test_two_readings_of_one_file_are_equal(load):
    assert load(MAIL) == load(MAIL)
    assert load(MAIL) != load(f"{MAIL}smtp_port = 26\n")
