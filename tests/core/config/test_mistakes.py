"""Wrong settings: every mistake names its place and its fix, and nothing else ever happens."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entraide import config
from entraide.errors import ConfigurationError

GOOD = """\
[site]
name = "Entraide Exemple"
base_url = "https://exemple.example"
territory = ["75118", "2A004"]
email = "contact@exemple.example"

[server]
port = 8000

[database]
url = "sqlite:///data.sqlite"

[queue]
redis = "redis://127.0.0.1:6379/0"

[mail]
smtp_host = "smtp.exemple.example"
security = "tls"
sender = "contact@exemple.example"

[plugins]
enabled = ["federation", "tutoring"]

[plugins.tutoring]
levels = [1, 2]

[federation]
poll_seconds = 900

[[federation.peers]]
base = "https://hub.example"
"""


def load_text(folder: Path, text: str, environment: dict[str, str] | None = None):
    (folder / "instance.toml").write_text(text, encoding="utf-8")
    return config.load(folder, environment or {})


def mistakes_of(folder: Path, text: str, environment: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load_text(folder, text, environment)
    return caught.value.mistakes


BASE_URL = ('base_url = "https://exemple.example"', 3, "[site] base_url")
NAME = ('name = "Entraide Exemple"', 2, "[site] name")
TERRITORY = ('territory = ["75118", "2A004"]', 4, "[site] territory")
EMAIL = ('email = "contact@exemple.example"', 5, "[site] email")
PORT = ("port = 8000", 8, "[server] ")
DATABASE = ('url = "sqlite:///data.sqlite"', 11, "[database] url")
REDIS = ('redis = "redis://127.0.0.1:6379/0"', 14, "[queue] redis")
SMTP = ('smtp_host = "smtp.exemple.example"', 17, "[mail] ")
SECURITY = ('security = "tls"', 18, "[mail] security")
SENDER = ('sender = "contact@exemple.example"', 19, "[mail] sender")
ENABLED = ('enabled = ["federation", "tutoring"]', 22, "[plugins] enabled")

TABLE = [
    (BASE_URL, 'base_url = "htp://x"', "https://your-site.example"),
    (BASE_URL, 'base_url = "http://exemple.example"', "https://your-site.example"),
    (BASE_URL, 'base_url = "http://127.0.0.1:8100"', "https://your-site.example"),
    (BASE_URL, 'base_url = "exemple.example"', "https://your-site.example"),
    (BASE_URL, 'base_url = "https://exemple.example/"', "Write https://exemple.example "),
    (BASE_URL, 'base_url = "https://exemple.example/site"', "Write https://exemple.example "),
    (BASE_URL, 'base_url = "https://Exemple.example"', "Write https://exemple.example "),
    (BASE_URL, 'base_url = "https://exemple.example:443"', "Write https://exemple.example "),
    (BASE_URL, 'base_url = "https://exemple.example?x=1"', "Write https://exemple.example "),
    (BASE_URL, 'base_url = "https://exemple.example#x"', "Write https://exemple.example "),
    (BASE_URL, 'base_url = "https://me:hidden@exemple.example"', "Write https://exemple.example "),
    (BASE_URL, 'base_url = "https://éxemple.example"', "Write https://xn--xemple-9ua.example "),
    (BASE_URL, 'base_url = "https://192.0.2.1"', "Write https://your-site.example "),
    (BASE_URL, 'base_url = "https://localhost"', "Write https://your-site.example "),
    (BASE_URL, 'base_url = "https://a.b."', "Write https://a.b "),
    (BASE_URL, f'base_url = "https://{"é" * 70}.example"', "Write https://your-site.example "),
    (BASE_URL, 'base_url = "https://-a.example"', "Write https://your-site.example "),
    (BASE_URL, 'base_url = "https://a..example"', "Write https://your-site.example "),
    (BASE_URL, 'base_url = "https://a.example:99999"', "https://your-site.example"),
    (BASE_URL, 'base_url = "https://[::1"', "https://your-site.example"),
    (BASE_URL, 'base_url = "https://a\\n.example"', "Remove line breaks"),
    (BASE_URL, "base_url = 12", 'Write base_url = "https://your-site.example".'),
    (NAME, 'name = ""', "Shorten it"),
    (NAME, f'name = "{"x" * 81}"', "Shorten it"),
    (NAME, "name = true", 'Write name = "Entraide Exemple".'),
    (NAME, 'name = "a\\u0000b"', "control characters"),
    (TERRITORY, 'territory = "75118"', 'Write territory = ["75118", "75119"].'),
    (TERRITORY, 'territory = ["7511"]', "not the postcode"),
    (TERRITORY, 'territory = ["75118", "75118"]', "Write each once"),
    (TERRITORY, "territory = [75118]", 'Write "75118".'),
    (TERRITORY, 'territory = ["2C004"]', "not the postcode"),
    (TERRITORY, 'territory = ["٧٥١١٨"]', "not the postcode"),
    (EMAIL, 'email = "contact"', "Write contact@your-site.example"),
    ((*EMAIL[:2], "[site] phone"), 'phone = "call me"', "Write digits"),
    ((*EMAIL[:2], "[site] language"), 'language = "de"', 'Write "fr" or "en"'),
    ((*EMAIL[:2], "[site] accent"), 'accent = "blue"', "six digits"),
    ((*EMAIL[:2], "[site] accent"), 'accent = "#12345"', "six digits"),
    ((*EMAIL[:2], "[site] quick_exit_url"), 'quick_exit_url = "http://x.fr"', "https://meteo"),
    ((*EMAIL[:2], "[site] development"), 'development = "yes"', "Write true or false"),
    ((*EMAIL[:2], "[site] development"), "development = 1", "Write true or false"),
    ((*EMAIL[:2], "[site] emial"), 'emial = "a@b.example"', "Did you mean email?"),
    ((*EMAIL[:2], "[site] zzz"), "zzz = 1", "Known here: accent, base_url"),
    ((*EMAIL[:2], "[site] state"), 'state = "instance.toml"', "Write the path of a folder"),
    ((*EMAIL[:2], "[site] state"), f'state = "{"x" * 300}"', "Write the path of a folder"),
    (PORT, 'port = "8000"', "Write port = 8000."),
    (PORT, "port = 0", "Write a number from 1 to 65535"),
    (PORT, "port = 65536", "Write a number from 1 to 65535"),
    (PORT, "port = 80.5", "Write port = 8000."),
    (PORT, "port = true", "Write port = 8000."),
    (PORT, "port = 1979-05-27", "Write port = 8000."),
    (PORT, 'host = "0"', 'Write "127.0.0.1"'),
    (PORT, "threads = 0", "Write a number from 1 to 256"),
    (PORT, "proxy_hops = -1", "Write a number from 0 to 10"),
    (PORT, 'worker = "both"', 'Write "embedded" or "separate"'),
    (PORT, 'host = "not a host"', 'Write "127.0.0.1"'),
    (PORT, 'hots = "127.0.0.1"', "Did you mean host?"),
    (DATABASE, 'url = "mysql://me:hidden@host/name"', "Write sqlite:///file.sqlite"),
    (DATABASE, 'url = "postgres://host/name"', "Write sqlite:///file.sqlite"),
    (DATABASE, 'url = "postgresql://host"', "Write sqlite:///file.sqlite"),
    (DATABASE, 'url = "postgresql://host:x/name"', "Write sqlite:///file.sqlite"),
    (DATABASE, 'url = "sqlite://"', "Write sqlite:///file.sqlite"),
    (DATABASE, 'url = "sqlite:///:memory:"', "Write sqlite:///file.sqlite"),
    (DATABASE, 'url = "sqlite:///x?mode=memory"', "Write sqlite:///file.sqlite"),
    (DATABASE, 'url = "hidden"', "Write sqlite:///file.sqlite"),
    (REDIS, 'redis = "localhost"', "Write redis://127.0.0.1:6379/0"),
    (REDIS, 'redis = "http://me:hidden@host"', "Write redis://127.0.0.1:6379/0"),
    (REDIS, 'redis = "redis://host:port"', "Write redis://127.0.0.1:6379/0"),
    (REDIS, 'redis = "unix://"', "Write redis://127.0.0.1:6379/0"),
    (SMTP, 'smtp_host = "smtp exemple"', "as your mail provider does"),
    (SMTP, "smtp_port = 0", "from 1 to 65535"),
    (SMTP, 'password = "hidden"', "Did you mean password_file?"),
    (SENDER, 'sender = "Entraide"', "Write contact@your-site.example"),
    (SECURITY, 'security = "ssl"', '"starttls" or "tls" or "none"'),
    (SECURITY, 'security = "none"\nusername = "me"', 'Write "starttls" or "tls"'),
    ((*SECURITY[:2], "[mail] username"), 'username = "me"', "ENTRAIDE_SMTP_PASSWORD"),
    (
        (*ENABLED[:2], "[plugins] disabled 1"),
        'enabled = ["federation", "tutoring"]\ndisabled = ["members"]',
        'Write "help_requests"',
    ),
    (
        (*ENABLED[:2], "[plugins] disabled"),
        'enabled = ["federation", "tutoring"]\ndisabled = ["posting"]',
        "whose requests are posted",
    ),
    (ENABLED, 'enabled = "federation"', "Write enabled ="),
    (ENABLED, 'enabled = ["federation", "tutoring", "Bad Name"]', "Write 1 to 31"),
    (ENABLED, 'enabled = ["federation", "tutoring", "site"]', "Rename the plugin"),
    (ENABLED, 'enabled = ["federation", "tutoring", "tutoring"]', "Write each once"),
]


@pytest.mark.parametrize(("where", "replacement", "fix"), TABLE, ids=range(len(TABLE)))
def test_a_mistake_names_key_line_and_fix(tmp_path, where, replacement, fix):
    original, line, key = where
    assert load_text(tmp_path, GOOD).site.name == "Entraide Exemple"
    (mistake,) = mistakes_of(tmp_path, GOOD.replace(original, replacement, 1))
    line += replacement.count("\ndisabled")
    assert mistake.startswith(f"instance.toml, line {line}, {key}"), mistake
    assert fix in mistake
    assert "me:hidden" not in mistake


WHOLE = [
    ("", "instance.toml, line 1, [site] base_url: is missing. Write base_url = "),
    ("[site]\n", "instance.toml, line 1, [site] name: is missing. Write name = "),
    ("site = 3\n", "instance.toml, line 1, [site]: 3: Invalid input type. Write a [table]"),
    (f"{GOOD}[site]\n", "instance.toml, line 32: this is not TOML (Cannot declare"),
    (f"{GOOD}x = \n", "instance.toml, line 32: this is not TOML (Invalid value)"),
    (f'{GOOD}x = """\nhidden', "instance.toml, line 33: this is not TOML (Unterminated"),
    (f"{GOOD}x = {'[' * 3000}", "instance.toml, line 32: this is not TOML (maximum recursion"),
    (f"{GOOD}x = {'9' * 5000}", "instance.toml, line 32: this is not TOML (Exceeds the limit"),
    (
        f"{GOOD}[tutorin]\n",
        "line 32, [tutorin]: belongs to no enabled plugin. Did you mean tutoring?",
    ),
    (f"{GOOD}[plugins.tutorin]\n", "line 32, [plugins.tutorin]: belongs to no enabled plugin. Did"),
    (f"{GOOD}[serve]\n", "line 32, [serve]: belongs to no enabled plugin. Did you mean server?"),
    (f"{GOOD}[plugins.federation]\n", "line 27, [federation]: the settings of federation are also"),
    (GOOD.replace("[federation]\npoll_seconds = 900", "[x]\n"), "[x]: belongs to no"),
    (
        GOOD.replace("[plugins.tutoring]", "enable = 3\n[plugins.tutoring]"),
        "[plugins.enable]: belongs to no",
    ),
    (
        GOOD.replace("levels = [1, 2]", "").replace("[plugins.tutoring]", "tutoring = 3"),
        "line 24, [plugins.tutoring]: is not a table. Write [plugins.tutoring].",
    ),
    (
        GOOD.replace("email =", "tagline =").replace("sender =", "username ="),
        "line 16, [mail] sender: is missing. Write sender = ",
    ),
    ("plugins = 3\n", "line 1, [plugins]: 3: Invalid input type. Write a [table]"),
]


@pytest.mark.parametrize(("text", "expected"), WHOLE, ids=range(len(WHOLE)))
def test_a_mistake_in_the_structure_is_named_too(tmp_path, text, expected):
    assert any(expected in mistake for mistake in mistakes_of(tmp_path, text))


def test_all_mistakes_come_at_once_in_the_order_of_the_file(tmp_path):
    text = GOOD.replace("https://e", "ftp://e").replace("8000", "0").replace('"tls"', '"ssl"')
    mistakes = mistakes_of(tmp_path, text, {"ENTRAIDE_PROT": "1"})
    places = [mistake.split(",", 2)[:2] for mistake in mistakes[1:]]
    assert mistakes[0].startswith("ENTRAIDE_PROT: there is no such variable. Did you mean")
    assert [line for _, line in places] == [" line 3", " line 8", " line 18"]


def test_a_missing_folder_and_an_unreadable_file_are_mistakes(tmp_path):
    with pytest.raises(ConfigurationError, match=r"entraide --instance .* init"):
        config.load(tmp_path / "absent", {})
    (tmp_path / "local.toml").mkdir()
    assert "Is a directory. Check the name" in mistakes_of(tmp_path, GOOD)[0]


def test_text_in_another_encoding_and_huge_files_are_mistakes(tmp_path):
    (tmp_path / "local.toml").write_bytes(b"[site]\nname = '\xe9'\n")
    assert mistakes_of(tmp_path, GOOD) == [
        "local.toml, line 2: not UTF-8 text. Save the file as UTF-8."
    ]
    (tmp_path / "local.toml").write_bytes(b"#" * 1_000_001)
    assert mistakes_of(tmp_path, GOOD)[0].startswith("local.toml: larger than")


WORDS = st.sampled_from(
    [
        "[",
        "]",
        '"',
        "=",
        "\n",
        "{",
        "}",
        "'",
        "#",
        "3",
        "-",
        "true",
        "site",
        "[[x]]",
        "\0",
        "\ud7ff",
        "a.b = 1\n",
        "1979-05-27T07:32:00Z",
        "0x" + "f" * 9000,
        "inf",
        "[]",
        "{}",
        '""',
        "é",
        ",",
    ]
)


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    cuts=st.lists(
        st.tuples(st.integers(0, len(GOOD)), st.integers(0, 12), WORDS), min_size=1, max_size=4
    )
)
def test_a_mutated_file_gives_settings_or_mistakes(tmp_path, cuts):
    text = GOOD
    for start, length, word in cuts:
        text = text[:start] + word + text[start + length :]
    mistakes = ["none: none"]
    try:
        load_text(tmp_path, text)
    except ConfigurationError as error:
        mistakes = error.mistakes
    assert mistakes
    assert all(": " in mistake for mistake in mistakes)
