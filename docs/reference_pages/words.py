"""What each setting is for, in one sentence: `table.key` → meaning; a test finds what is missing."""

from __future__ import annotations

SETTINGS = {
    "site.name": "What the site is called, on every page and in every mail.",
    "site.base_url": "The address of the site, without a path; it is part of every identifier that "
    "leaves the site and can never change.",
    "site.tagline": "One sentence under the name, shown to readers of the site's language.",
    "site.territory": "INSEE codes of the communes that the site serves; empty: the whole country.",
    "site.districts": "Names that people use for parts of communes, each with the INSEE code of its "
    "commune; whoever writes one of them is understood.",
    "site.only_local": "`true` refuses requests for places beyond the territory and next to "
    "it; otherwise their author is told first, and may send them all the same.",
    "site.email": "Where people write to the site; mail is sent from here unless `mail.sender` says "
    "otherwise.",
    "site.phone": "The number shown on every page for those who would rather call.",
    "site.language": "Language of visitors who chose none: `fr` or `en`.",
    "site.accent": "The colour of buttons and links; refused when it cannot be read.",
    "site.quick_exit_url": "Where the button that leaves the site quickly leads.",
    "site.development": "A trial site: loopback only, marked on every page, filled from `seed.toml`.",
    "site.moderation": "Where people write when something worries them; shown at the foot of every page.",
    "site.state": "The folder of everything that the site writes: secret, database, index, mails.",
    "server.host": "The address to listen on; behind a proxy the default is right.",
    "server.port": "The port to listen on.",
    "server.threads": "How many requests are answered at once.",
    "server.proxy_hops": "How many proxies in front of the site are trusted to say who asks.",
    "server.worker": "`embedded` runs background work inside the server; `separate` leaves it to "
    "`entraide worker`.",
    "database.url": "SQLAlchemy URL; without it a SQLite file in the state folder.",
    "queue.redis": "A Redis for background work; without it a SQLite file in the state folder.",
    "mail.smtp_host": "The server that takes mails; without it they are kept for `/mailbox`.",
    "mail.smtp_port": "Its port; without it the usual one for `security`.",
    "mail.security": "`starttls`, `tls`, or `none` for a server on this machine.",
    "mail.username": "The account at the mail server.",
    "mail.password_file": "A file with its password, readable by its owner only.",
    "mail.sender": "The address that mails come from; without it `site.email`.",
    "mail.mailbox": "The folder in which a trial site keeps its mails.",
    "offers.read_first": "Kinds of help whose first offers the team reads before they are public, "
    "beside those that demand it by themselves.",
    "offers.read_always": "Kinds of help of which the team reads every offer before it is public.",
    "plugins.enabled": "Names of the plugins of this site, in their order on pages.",
    "plugins.disabled": "Features of the core that this site does without.",
    "plugins.agreed": "What a plugin may decide beyond its own things, by its name: actions, or "
    "`problems`; its `plugin.toml` must ask for it (`decides`).",
    "federation.role": "`origin` publishes its own offers; `hub` also relays those of others.",
    "federation.development": "May only repeat what `site.development` says.",
    "federation.poll_seconds": "How often peers are read; without it 900, on a trial site 1.",
    "federation.peers": "The sites that this one reads: one `[[federation.peers]]` for each.",
    "federation.peers.base": "The address of the peer.",
    "federation.peers.role": "`origin`: read for its own offers; `hub`: for those of all.",
    "federation.peers.root": "The fingerprint of its root key, checked at first contact; "
    "without it the first key is kept.",
    "federation.peers.quota": "How many objects are taken from it at most.",
}

VARIABLES_ELSEWHERE = {
    "ENTRAIDE_INSTANCE": "the instance folder, when `--instance` does not name one",
    "ENTRAIDE_SMTP_PASSWORD": "the password of the mail account",
    "ENTRAIDE_STRICT": "`1`: failures of plugins are raised instead of contained (development)",
    "ENTRAIDE_TRACE_HOOKS": "`1`: log each call of a hook with its milliseconds and outcome (development)",
}
