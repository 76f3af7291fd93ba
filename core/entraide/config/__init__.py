"""Settings: an instance folder and the environment, read once, all mistakes reported together."""

from entraide.config.keys import create_secret, derive, secret
from entraide.config.loading import load, load_plugin_settings
from entraide.config.mistakes import mistake
from entraide.config.settings import Mail, Server, Settings, Site

__all__ = [
    "Mail",
    "Server",
    "Settings",
    "Site",
    "create_secret",
    "derive",
    "load",
    "load_plugin_settings",
    "mistake",
    "secret",
]
