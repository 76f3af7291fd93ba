"""Checked values become Settings: paths made absolute, secrets read, defaults that follow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from entraide.config.key_positions import KeyPositions
from entraide.config.keys import read_private_file
from entraide.config.mistakes import mistake
from entraide.config.settings import (
    DatabaseSettings,
    Mail,
    OffersSettings,
    QueueSettings,
    Server,
    Settings,
    Site,
)
from entraide.config.sources import PLUGIN_LISTS, Tree
from entraide.config.values import read_database_url, text_colour_on
from entraide.errors import ConfigurationError

_SMTP_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_DATABASE_FILE = "entraide.sqlite"


def build(
    folder: Path,
    checked: dict[str, Any],
    tree: Tree,
    key_positions: KeyPositions,
    password: str | None,
) -> Settings:
    """Return the settings of an instance; what turns out wrong is added to the tree's mistakes."""
    folder = folder.resolve()
    site = checked["site"]
    state = folder / site.pop("state")
    if not _may_be_folder(state):
        sentence = f'"{state}" cannot be a folder. Write the path of a folder that may be made.'
        tree.mistakes.append(mistake(key_positions, ("site", "state"), sentence))
    password = _password(checked["mail"], folder, password, tree, key_positions)
    return Settings(
        folder=folder,
        state=state,
        site=_site(site),
        server=Server(**checked["server"]),
        database=DatabaseSettings(_database_url(checked["database"]["url"], folder, state)),
        queue=QueueSettings(**checked["queue"]),
        mail=_mail(checked["mail"], site["email"], password, state),
        offers=OffersSettings(**{key: tuple(names) for key, names in checked["offers"].items()}),
        plugins=tuple(checked["plugins"]["enabled"]),
        disabled=tuple(checked["plugins"]["disabled"]),
        agreed={name: tuple(actions) for name, actions in checked["plugins"]["agreed"].items()},
        plugin_settings=_plugin_tables(tree),
        key_positions=key_positions,
    )


def _plugin_tables(tree: Tree) -> dict[str, dict[str, Any]]:
    section = tree.values.get("plugins", {})
    tables = section.items() if isinstance(section, dict) else ()
    # What is no table has its own mistake already.
    return {
        name: table
        for name, table in tables
        if name not in PLUGIN_LISTS and isinstance(table, dict)
    }


def _may_be_folder(path: Path) -> bool:
    try:
        # What is there decides: the folder itself, or the one in which it would be made.
        return next(parent for parent in (path, *path.parents) if parent.exists()).is_dir()
    except OSError:
        return False


def _site(site: dict[str, Any]) -> Site:
    accent = site["accent"].lower()
    derived = {
        "accent": accent,
        "on_accent": text_colour_on(accent),
        "territory": tuple(site["territory"]),
        "is_only_local": site.pop("only_local"),
    }
    return Site(**(site | derived))


def _database_url(url: str | None, folder: Path, state: Path) -> str:
    """Return SQLAlchemy's URL with its password; a SQLite file's path is made absolute."""
    if url is None:
        return f"sqlite:///{state / _DATABASE_FILE}"
    address = read_database_url(url)
    if address.get_backend_name() == "sqlite":
        address = address.set(database=str(folder / str(address.database)))
    return address.render_as_string(hide_password=False)


def _password(
    mail: dict[str, Any], folder: Path, given: str | None, tree: Tree, key_positions: KeyPositions
) -> str | None:
    """Return the password of the mail server: the variable's, else the file's."""
    file = mail.pop("password_file")
    password = _read_password(folder / file, tree.mistakes) if file and not given else given
    if mail["username"] and not password and not file:
        sentence = "has no password. Write password_file, or set ENTRAIDE_SMTP_PASSWORD."
        tree.mistakes.append(mistake(key_positions, ("mail", "username"), sentence))
    return password


def _mail(mail: dict[str, Any], email: str | None, password: str | None, state: Path) -> Mail:
    port = mail["smtp_port"] or _SMTP_PORTS[mail["security"]]
    sender = mail["sender"] or email
    derived = {
        "smtp_port": port,
        "sender": sender,
        "password": password,
        "mailbox": state / mail["mailbox"],
    }
    return Mail(**(mail | derived))


def _read_password(file: Path, mistakes: list[str]) -> str | None:
    try:
        return read_private_file(file).decode().strip("\r\n")
    except UnicodeDecodeError:
        mistakes.append(f"{file}: the password is not UTF-8 text. Save the file as UTF-8.")
    except ConfigurationError as error:
        mistakes += error.mistakes
    return None
