"""Right settings: files, overrides, defaults, plugins' tables and secrets."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from marshmallow import Schema, ValidationError, fields, validates_schema

from entraide import config
from entraide.config.values import relative_luminance
from entraide.errors import ConfigurationError

SMALL = '[site]\nname = "Exemple"\nbase_url = "https://exemple.example"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "instance.toml").write_text(SMALL)
    return tmp_path


def mistakes_of(folder: Path, environment: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        config.load(folder, environment)
    return caught.value.mistakes


def test_three_lines_are_a_site(folder):
    settings = config.load(folder, {"PATH": "/bin"})
    assert settings.instance == folder.name
    assert settings.state == folder / "state"
    assert settings.database.url == f"sqlite:///{folder}/state/entraide.sqlite"
    assert (settings.server.host, settings.server.port, settings.server.worker) == (
        "127.0.0.1",
        8000,
        "embedded",
    )
    assert (settings.mail.smtp_host, settings.mail.smtp_port) == (None, 587)
    assert settings.plugins == ()
    assert not settings.development
    assert settings.seed_file == folder / "seed.toml"
    assert settings.theme_folder == folder / "theme"
    assert settings.plugins_folder == folder / "plugins"
    assert settings.mail.mailbox == folder / "state" / "mailbox"


def test_local_settings_are_merged_over_those_of_the_instance(folder):
    local = '[site]\nname = "Ici"\n[plugins]\nenabled = ["federation"]\n[federation]\na = 1\n'
    (folder / "local.toml").write_text(f"{local}peers = [1]\n")
    with (folder / "instance.toml").open("a") as file:
        file.write(
            '[plugins]\nenabled = ["tutoring"]\n[plugins.federation]\npeers = [2, 3]\nb = 2\n'
        )
    settings = config.load(folder, {})
    assert (settings.site.name, settings.site.base_url) == ("Ici", "https://exemple.example")
    assert settings.plugins == ("federation",)
    assert settings.plugin_settings == {"federation": {"a": 1, "b": 2, "peers": [1]}}


def test_a_link_to_local_settings_that_leads_nowhere_starts_no_other_site(folder, tmp_path):
    (tmp_path / "mounted.toml").write_text('[site]\nname = "Ici"\n')
    (folder / "local.toml").symlink_to(tmp_path / "mounted.toml")
    assert config.load(folder, {}).site.name == "Ici"
    (tmp_path / "mounted.toml").unlink()
    (mistake,) = mistakes_of(folder, {})
    assert mistake.startswith(f"{folder}/local.toml: No such file or directory.")


@pytest.mark.parametrize("name", ["absent", "x" * 300, "instance.toml", "instance.toml/below"])
def test_what_is_no_folder_of_an_instance_is_told(folder, name):
    (mistake,) = mistakes_of(folder / name, {})
    assert mistake.startswith(f"{folder / name}: there is no instance.toml here.")


def test_the_environment_overrides_the_files(folder):
    settings = config.load(
        folder,
        {
            "ENTRAIDE_BASE_URL": "http://127.0.0.1:8100",
            "ENTRAIDE_DEVELOPMENT": "1",
            "ENTRAIDE_STATE": "/var/lib/exemple",
            "ENTRAIDE_DATABASE_URL": "postgresql://me:secret@db/exemple",
            "ENTRAIDE_REDIS_URL": "unix:///run/redis",
            "ENTRAIDE_HOST": "localhost",
            "ENTRAIDE_PORT": "8100",
            "ENTRAIDE_SMTP_PASSWORD": "secret",
            "ENTRAIDE_STRICT": "1",
        },
    )
    assert settings.development
    assert settings.site.base_url == "http://127.0.0.1:8100"
    assert settings.secret_file == Path("/var/lib/exemple/secret.key")
    assert settings.database.url == "postgresql+psycopg://me:secret@db/exemple"
    assert settings.queue.redis == "unix:///run/redis"
    assert (settings.server.host, settings.server.port) == ("localhost", 8100)
    assert settings.mail.password == "secret"
    assert "secret@" not in repr(settings)
    assert "'secret'" not in repr(settings)


WRONG_VARIABLES = [
    (
        {"ENTRAIDE_PROT": "1"},
        "ENTRAIDE_PROT: there is no such variable. Did you mean ENTRAIDE_PORT?",
    ),
    (
        {"ENTRAIDE_QQQQ_": "1"},
        "ENTRAIDE_QQQQ_: there is no such variable. Known: ENTRAIDE_BASE_URL",
    ),
    ({"ENTRAIDE_PORT": "x"}, 'ENTRAIDE_PORT, [server] port: "x": Not a valid integer. Write port'),
    ({"ENTRAIDE_DEVELOPMENT": "maybe"}, "ENTRAIDE_DEVELOPMENT, [site] development"),
    ({"ENTRAIDE_BASE_URL": "http://127.0.0.1:8100"}, "ENTRAIDE_BASE_URL, [site] base_url"),
    (
        {"ENTRAIDE_DEVELOPMENT": "1", "ENTRAIDE_BASE_URL": "http://127.0.0.1:70000"},
        "ENTRAIDE_BASE_URL, [site] base_url",
    ),
    ({"ENTRAIDE_DEVELOPMENT": "1", "ENTRAIDE_HOST": "::"}, "ENTRAIDE_HOST, [server] host"),
    ({"ENTRAIDE_DEVELOPMENT": "1", "ENTRAIDE_HOST": "exemple.org"}, "ENTRAIDE_HOST, [server] host"),
]


@pytest.mark.parametrize(("variables", "expected"), WRONG_VARIABLES)
def test_a_wrong_variable_is_named(folder, variables, expected):
    config.load(folder, {})
    (mistake,) = mistakes_of(folder, variables)
    assert mistake.startswith(expected)


@pytest.fixture
def with_plugin(folder):
    text = '[plugins]\nenabled = ["federation"]\n[[federation.peers]]\nbase = "https://a.example"\n'
    with (folder / "instance.toml").open("a") as file:
        file.write(text)
    return folder


def test_a_file_or_a_value_replaces_a_key_of_a_plugin(with_plugin):
    (with_plugin / "peers.toml").write_text('[[peers]]\nbase = "http://127.0.0.1:8101"\n')
    variables = {"ENTRAIDE_FEDERATION_PEERS": "peers.toml", "ENTRAIDE_FEDERATION_MODE": '"slow"'}
    settings = config.load(with_plugin, variables)
    assert settings.plugin_settings["federation"] == {
        "peers": [{"base": "http://127.0.0.1:8101"}],
        "mode": "slow",
    }
    with pytest.raises(
        ConfigurationError, match=r"peers\.toml, line 2, \[\[federation\.peers\]\] 1"
    ):
        config.load_plugin_settings(settings, "federation", FederationSchema)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("absent.toml", "absent.toml: No such file"),
        ("instance.toml", "instance.toml gives no peers. Write [[peers]]"),
        ("bare", "neither a .toml file nor a TOML value"),
        ("1\nother = 2", "neither a .toml file nor a TOML value"),
    ],
)
def test_a_value_that_replaces_nothing_is_a_mistake(with_plugin, value, expected):
    (mistake,) = mistakes_of(with_plugin, {"ENTRAIDE_FEDERATION_PEERS": value})
    assert expected in mistake


class PeerSchema(Schema):
    base = fields.Url(required=True, schemes={"https"})
    role = fields.String(data_key="as", load_default="origin")


class FederationSchema(Schema):
    peers = fields.List(fields.Nested(PeerSchema))
    poll_seconds = fields.Float(load_default=900)
    api_key = fields.String()
    moment = fields.DateTime()
    pair = fields.Tuple((fields.Integer(), fields.Integer()))
    options = fields.Dict(fields.String(), fields.Integer())

    @validates_schema
    def check_moment(self, data, **_):
        if data["poll_seconds"] < 0 and "moment" not in data:
            raise ValidationError("Give a moment.", "moment")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "bse = 1\n",
            "instance.toml, line 8, [[federation.peers]] 1, bse: there is no such setting. Did",
        ),
        ("as = 3\n", "line 8, [[federation.peers]] 1, as: 3: Not a valid string. Write a text"),
        (
            "[[federation.peers]]\n",
            "line 8, [[federation.peers]] 2, base: is missing. Write base = …",
        ),
        (
            "[federation.options]\nx = 'y'\n",
            'line 9, [federation.options] x: "y": Not a valid integer',
        ),
        (
            "[federation]\napi_key = 77\n",
            "line 9, [federation] api_key: the value: Not a valid string",
        ),
        (
            "[federation]\npoll_seconds = {a = 1}\n",
            "poll_seconds: a table: Not a valid number. Write",
        ),
        ("[federation]\nmoment = 1\n", "moment: 1: Not a valid datetime. Correct the value."),
        (
            "[federation]\npair = [1, 'x']\n",
            '[federation] pair 2: "x": Not a valid integer. Correct',
        ),
        (
            "[federation]\npoll_seconds = -1\n",
            "[federation] moment: a table: Give a moment. Correct",
        ),
        ("[federation]\noptions = 3\n", "options: 3: Not a valid mapping type. Write a [table]"),
        (f"[federation]\npoll_seconds = 0x{'f' * 9000}\n", "poll_seconds: this number: "),
        (
            "[federation]\nqqq = '" + "x" * 99 + "'\n",
            "Known here: api_key, moment, options, pair, peers",
        ),
    ],
)
def test_a_plugins_own_schema_reports_in_the_same_way(with_plugin, text, expected):
    good = config.load_plugin_settings(
        config.load(with_plugin, {}), "federation", FederationSchema()
    )
    assert good["peers"] == [{"base": "https://a.example", "role": "origin"}]
    with (with_plugin / "instance.toml").open("a") as file:
        file.write(text)
    settings = config.load(with_plugin, {})
    with pytest.raises(ConfigurationError) as caught:
        config.load_plugin_settings(settings, "federation", FederationSchema)
    (mistake,) = caught.value.mistakes
    assert expected in mistake


def test_a_plugin_without_a_table_gets_its_defaults(folder):
    settings = config.load(folder, {})
    assert config.load_plugin_settings(settings, "federation", FederationSchema) == {
        "poll_seconds": 900
    }


@pytest.mark.parametrize(("accent", "text"), [("#FFEE00", "#000000"), ("#0b5d57", "#ffffff")])
def test_text_on_the_accent_is_readable(folder, accent, text):
    with (folder / "instance.toml").open("a") as file:
        file.write(f'accent = "{accent}"\n')
    site = config.load(folder, {}).site
    lights = sorted(relative_luminance(colour) + 0.05 for colour in (site.accent, site.on_accent))
    assert site.on_accent == text
    assert lights[1] / lights[0] >= 4.5


def test_a_site_can_do_without_a_feature_of_the_core(folder):
    with (folder / "instance.toml").open("a") as file:
        file.write('[plugins]\ndisabled = ["help_requests"]\n')
    assert config.load(folder, {}).disabled == ("help_requests",)


def test_a_sqlite_file_is_relative_to_the_instance(folder):
    settings = config.load(folder, {"ENTRAIDE_DATABASE_URL": "sqlite:///data/site.sqlite"})
    assert settings.database.url == f"sqlite:///{folder}/data/site.sqlite"


@pytest.fixture
def with_mail(folder):
    with (folder / "instance.toml").open("a") as file:
        file.write('email = "contact@exemple.example"\n[mail]\nsmtp_host = "smtp.example.org"\n')
        file.write('security = "tls"\nusername = "me"\npassword_file = "password"\n')
    (folder / "password").write_text("hidden\n")
    (folder / "password").chmod(0o600)
    return folder


def test_the_mail_password_comes_from_a_private_file(with_mail):
    mail = config.load(with_mail, {}).mail
    assert (mail.password, mail.smtp_port, mail.sender) == (
        "hidden",
        465,
        "contact@exemple.example",
    )
    assert config.load(with_mail, {"ENTRAIDE_SMTP_PASSWORD": "other"}).mail.password == "other"


def test_an_open_missing_or_binary_password_file_is_a_mistake(with_mail):
    (with_mail / "password").chmod(0o644)
    assert "chmod 600" in mistakes_of(with_mail, {})[0]
    (with_mail / "password").write_bytes(b"\xff")
    (with_mail / "password").chmod(0o600)
    assert "UTF-8" in mistakes_of(with_mail, {})[0]
    (with_mail / "password").unlink()
    assert "No such file" in mistakes_of(with_mail, {})[0]


def test_the_secret_is_made_once_and_only_for_its_owner(folder):
    settings = config.load(folder, {})
    file = config.create_secret(settings)
    secret = config.secret(settings)
    assert len(secret) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert config.create_secret(settings) == file
    assert config.secret(settings) == secret


def test_a_secret_in_the_way_of_a_file_is_told(folder):
    settings = config.load(folder, {})
    settings.state.write_text("a file where the folder should be")
    with pytest.raises(ConfigurationError, match=r"secret\.key: the secret is missing"):
        config.secret(settings)


def test_keys_differ_by_purpose_and_secret():
    keys = {config.derive(secret, purpose) for secret in (b"a" * 32, b"b" * 32) for purpose in "xy"}
    assert len(keys) == 4
    assert {len(key) for key in keys} == {32}


def test_a_missing_open_or_short_secret_is_refused(folder):
    settings = config.load(folder, {})
    with pytest.raises(ConfigurationError, match="entraide init"):
        config.secret(settings)
    file = config.create_secret(settings)
    file.chmod(0o604)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        config.secret(settings)
    file.chmod(0o600)
    file.write_bytes(b"short")
    with pytest.raises(ConfigurationError, match="5 bytes instead of 32"):
        config.secret(settings)


def test_a_list_on_many_lines_is_read_fast_and_located(folder):
    codes = ",\n".join(f'"{number:05}"' for number in range(1000, 1999))
    text = f'''{SMALL}territory = [ # ours\n{codes},\n]\ntagline = """x] = [\n'''
    (folder / "instance.toml").write_text(f'{text}"""\nport = 1\n')
    (mistake, other) = sorted(mistakes_of(folder, {}))
    assert mistake.startswith("instance.toml, line 1005, [site] tagline")
    assert other.startswith("instance.toml, line 1007, [site] port: there is no such setting.")
