"""The folder of a trial site: made when it is empty, refused when it is that of a real one."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from entraide import config, serving
from entraide.app import read_settings
from entraide.errors import ConfigurationError
from entraide.plugins import loading

HOST = "127.0.0.1"
PORT = 8000
INSTANCE = """\
# A trial site for whoever writes a plugin, made by `entraide serve --dev`.
# All settings: docs/reference/settings.md

[site]
name = "Site Exemple"
base_url = "http://{host}:{port}"
territory = ["58079"]
development = true

[server]
host = "{host}"
port = {port}

[plugins]
enabled = [{plugins}]
"""
SEED = """\
# Invented people, loaded once into an empty trial site. Offers too: docs/reference/seed.md

[[organisations]]
key = "association1"
name = "Association Exemple 1"
form = "association"
summary = "Une association inventée."
territory = ["58079"]

[[members]]
key = "administrator1"
email = "administrator1@example.org"
name = "Administration Exemple 1"
roles = ["administrator", "moderator"]

[[members]]
key = "coordinator1"
email = "coordinator1@example.org"
name = "Coordination Exemple 1"
roles = ["volunteer"]
coordinates = ["association1"]

[[members]]
key = "parent1"
email = "parent1@example.org"
name = "Parent Exemple 1"
roles = ["parent"]

[[members]]
key = "volunteer1"
email = "volunteer1@example.org"
name = "Bénévole Exemple 1"
roles = ["volunteer"]
"""
KIND = "tutoring"
EXAMPLES = """
[[offers]]
kind = "tutoring"
organisation = "association1"
title = "Un coup de main après l’école"
summary = "Une offre inventée."
territory = ["58079"]
places = 6
verify_by_in_days = 90
payload = { levels = ["cp", "ce1"], subjects = ["all"], place = "library", in_group = true }

[[requests]]
member = "parent1"
kind = "tutoring"
title = "De l’aide en lecture"
summary = "Une demande inventée."
territory = ["58079"]
verify_by_in_days = 30
payload = { levels = ["ce1"], subjects = ["reading"], place = "library", in_group = false }
"""
"""What a page of an offer and of a request is seen with, where the plugin of that kind is installed."""
BROUGHT = frozenset({"plugins", "theme", "seed.toml", "local.toml"})
"""What an author may have put into the folder before the site is made."""


def make_trial_folder(folder: Path) -> bool:
    """Write a trial site into an empty folder, with every installed plugin; return whether.

    Raises ConfigurationError, and writes nothing, for a folder that holds other things and no
    instance.toml, for a wrong variable, and for a port that is taken: the site keeps its address.
    """
    if (folder / "instance.toml").exists():
        return False
    folder.mkdir(parents=True, exist_ok=True)
    if strange := sorted({path.name for path in folder.iterdir()} - BROUGHT):
        sentence = (
            f"{folder}: there is no instance.toml here, and the folder is not empty "
            f"({strange[0]}). Name an empty folder, or a new one, for the trial site: "
            f"entraide --instance {folder / 'trial'} serve --dev"
        )
        raise ConfigurationError([sentence])
    has_seed = (folder / "seed.toml").exists()
    try:
        _write(folder, has_seed=has_seed)
        server = read_trial(folder).server
        serving.check_port(server.host, server.port)
    except ConfigurationError:
        for name in ("instance.toml",) if has_seed else ("instance.toml", "seed.toml"):
            (folder / name).unlink(missing_ok=True)
        with suppress(OSError):
            folder.rmdir()
        raise
    return True


def _write(folder: Path, *, has_seed: bool) -> None:
    # What is no number is told when the settings are read.
    asked = os.environ.get("ENTRAIDE_PORT", "")
    port = asked if asked.isdecimal() else PORT
    plugins = ", ".join(f'"{name}"' for name in sorted(loading.available(folder)))
    text = INSTANCE.format(host=HOST, port=port, plugins=plugins)
    if not has_seed:
        examples = EXAMPLES if KIND in loading.available(folder) else ""
        (folder / "seed.toml").write_text(SEED + examples, "utf-8")
    (folder / "instance.toml").write_text(text, "utf-8")


def read_trial(folder: Path) -> config.Settings:
    """Return the settings of a trial site; ConfigurationError says how a real one is refused.

    So is one that would listen on another port than that of its address.
    What `[site] development` demands besides (this machine alone) the settings themselves check.
    """
    settings = read_settings(folder)
    if not settings.development:
        sentence = (
            f"[site] development: {folder} is no trial site, and serve --dev is for those only: "
            "it loads invented people and shows how pages are made. Let it make one in a folder "
            "of its own: entraide --instance NEWFOLDER serve --dev. Or, in a copy of this folder, "
            'write development = true and base_url = "http://127.0.0.1:8000" below [site].'
        )
        raise ConfigurationError([sentence])
    base, port = settings.site.base_url, settings.server.port
    if urlsplit(base).port not in (None, port):
        sentence = (
            f"[server] port: the trial site in {folder} lives at {base}, and its links would not "
            f"lead to port {port}. A site keeps its address. Unset ENTRAIDE_PORT, or delete {folder} "
            f"(its people are invented) and start again, or let another folder be the trial site: "
            f"ENTRAIDE_PORT={port} entraide --instance {folder}-{port} serve --dev"
        )
        raise ConfigurationError([sentence])
    return settings
