"""What an instance is set to: frozen records that the whole site reads and nobody changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from entraide.config.key_positions import KeyPositions

SECRET_BYTES = 32
"""Size of the instance's secret: 256 bits, the key size of AES-256-GCM."""


@dataclass(frozen=True)
class Site:
    """Who the site is: `[site]`; `territory` holds INSEE codes, empty for the whole country.

    `districts` are names that people use for parts of communes, each with its INSEE code.
    """

    name: str
    base_url: str
    tagline: str
    territory: tuple[str, ...]
    districts: Mapping[str, str]
    is_only_local: bool
    email: str | None
    phone: str | None
    language: Literal["fr", "en"]
    accent: str
    on_accent: str
    quick_exit_url: str
    development: bool
    moderation: str | None


@dataclass(frozen=True)
class Server:
    """How the site listens: `[server]`; `proxy_hops` counts the trusted proxies before it."""

    host: str
    port: int
    threads: int
    proxy_hops: int
    worker: Literal["embedded", "separate"]


@dataclass(frozen=True)
class DatabaseSettings:
    """Where the rows are: `[database]`; `url` is SQLAlchemy's and may hold a password."""

    url: str = field(repr=False)


@dataclass(frozen=True)
class QueueSettings:
    """Where one-off work waits: `[queue]`; without `redis` in a SQLite file of the state."""

    redis: str | None = field(repr=False)


@dataclass(frozen=True)
class Mail:
    """How mail leaves: `[mail]`; without `smtp_host` nothing is sent.

    `mailbox` is the folder where development keeps the mail that nobody receives.
    """

    smtp_host: str | None
    smtp_port: int
    security: Literal["starttls", "tls", "none"]
    username: str | None
    password: str | None = field(repr=False)
    sender: str | None
    mailbox: Path


@dataclass(frozen=True)
class OffersSettings:
    """What the team reads first: `[offers]`, names of kinds; a kind's own dial is its floor."""

    read_first: tuple[str, ...] = ()
    read_always: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settings:
    """One instance: its folder, its tables of instance.toml and where its state lives.

    `plugins` are the enabled names in order, `disabled` the features of the core that this site
    does without; `agreed` what plugins may decide beyond their own things; `plugin_settings` their tables as written, for
    `load_plugin_settings`; `key_positions` remembers the line of every key for later messages.
    """

    folder: Path
    state: Path
    site: Site
    server: Server
    database: DatabaseSettings
    queue: QueueSettings
    mail: Mail
    offers: OffersSettings
    plugins: tuple[str, ...]
    disabled: tuple[str, ...]
    agreed: Mapping[str, tuple[str, ...]]
    plugin_settings: Mapping[str, Mapping[str, Any]] = field(repr=False)
    key_positions: KeyPositions = field(repr=False, compare=False)

    @property
    def instance(self) -> str:
        """Return the short name of the instance: the name of its folder."""
        return self.folder.name

    @property
    def development(self) -> bool:
        """Return whether the site is a rehearsal that only this machine can reach."""
        return self.site.development

    @property
    def plugins_folder(self) -> Path:
        """Return where plugins of one file live."""
        return self.folder / "plugins"

    @property
    def theme_folder(self) -> Path:
        """Return where the instance's own colours and pictures live."""
        return self.folder / "theme"

    @property
    def seed_file(self) -> Path:
        """Return the file of examples that development loads."""
        return self.folder / "seed.toml"

    @property
    def secret_file(self) -> Path:
        """Return the file of the instance's secret."""
        return self.state / "secret.key"
