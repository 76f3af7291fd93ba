"""Mail to members: a text template in the reader's language, signed, with the reason of getting it."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from sqlalchemy.orm import Session

from entraide import i18n, outbox, runtime
from entraide.errors import PluginError
from entraide.gazetteer.territories import commune_name
from entraide.hook_calls import current_plugin
from entraide.i18n import Text
from entraide.kinds import Message
from entraide.labels import LABELS
from entraide.runtime import Slot

if TYPE_CHECKING:
    from entraide.members.models import Member

KEY = re.compile(r"[A-Za-z0-9._-]{1,120}")
TEMPLATE = re.compile(r"[a-z][a-z0-9_]*/[a-z0-9_/]+")
PARTS = ("subject", "body")


def send(
    session: Session, member: Member, *, template: str, category: str, key: str, **context: Any
) -> bool:
    """Write a mail from `templates/<plugin>/<name>.txt`; it leaves after the commit of `session`.

    `template` is `"toys/reminder"`: its blocks `subject` and `body` are said in the language of
    `member` with `context`, `member`, `site` and `link(path)`. `category` is a `MailCategory` of
    the same plugin. The same `key` (letters, digits, `.`, `_`, `-`) reaches a member once. Return
    whether a mail was written: none goes to an account that is gone or suspended. PluginError,
    with file and line, for a template or a variable that is not there.
    """
    plugin = template.partition("/")[0]
    running = current_plugin.get()
    if running not in ("entraide", plugin):
        raise PluginError(
            f"Plugin {running}: the mail {template!r} is one of {plugin}. Write a template and a "
            "category of your own."
        )
    _check_names(plugin, template, category, key)
    reader = _reader(session, member)
    if reader is None:
        return False
    with i18n.speaking(reader.language):
        subject, body = _render(template, context | {"member": reader})
        message = Message(reader.email, subject, body, f"{plugin}-{key}-{reader.id.hex}")
        return outbox.send(session, message, reason=_reason(category))


def write(
    session: Session,
    member: Member,
    *,
    subject: Text,
    body: Text,
    category: str,
    key: str,
    values: Mapping[str, object],
    reaches_suspended: bool = False,
) -> bool:
    """Write a mail of the core, whose words are short enough for its catalogue; as `send` does.

    `reaches_suspended`: the mail says that the account is suspended.
    """
    reader = _reader(session, member, reaches_suspended=reaches_suspended)
    if reader is None:
        return False
    with i18n.speaking(reader.language):
        words = str(body) % {name: str(value) for name, value in values.items()}
        message = Message(reader.email, str(subject), words, key)
        return outbox.send(session, message, reason=_reason(category))


def _check_names(plugin: str, template: str, category: str, key: str) -> None:
    if not TEMPLATE.fullmatch(template):
        raise PluginError(
            f"The mail {template!r}: write the plugin's name, a slash and the name of the template "
            'without .txt, like "toys/reminder".'
        )
    declared = LABELS.get().mails.get(category)
    if declared is None or declared.owner != plugin:
        raise PluginError(
            f"Plugin {plugin}: the mail {template!r} has the category {category!r}, which {plugin} "
            f'does not declare. Yield MailCategory("{plugin}.reminders", _("…")) from '
            "register_labels."
        )
    if not KEY.fullmatch(key):
        raise PluginError(
            f"Plugin {plugin}: the mail {template!r} has the key {key!r}. Write up to 120 letters, "
            "digits, points, _ and -, the same for the same mail."
        )


def _reader(session: Session, member: Member, *, reaches_suspended: bool = False) -> Member | None:
    # Who is handed over may have been read a while ago, in another transaction.
    reader = session.get(type(member), member.id)
    if reader is None or (reader.suspended_at is not None and not reaches_suspended):
        return None
    return reader


def _reason(category: str) -> str:
    return str(LABELS.get().mails[category].label)


def _render(template: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """Return subject and body in the language spoken."""
    name = f"{template}.txt"
    environment = TEMPLATES.get()
    try:
        text = environment.get_template(name)
        parts = [_block(text, part, context) for part in PARTS]
    except jinja2.TemplateNotFound as error:
        raise PluginError(
            f"Mail {template}: there is no file {_file_of(str(error.name or name))}. Write it, with "
            "the blocks subject and body."
        ) from error
    except jinja2.TemplateError as error:
        raise PluginError(f"Mail {template}: {_place_of(error, name)}: {error.message}") from error
    subject = " ".join(parts[0].split())
    return subject, parts[1].strip() + "\n"


def _block(text: jinja2.Template, part: str, context: Mapping[str, Any]) -> str:
    if part not in text.blocks:
        raise PluginError(
            f"Mail {text.name}: {text.filename} has no block {part}. Write "
            f"{{% block {part} %}}…{{% endblock %}}."
        )
    try:
        return "".join(text.blocks[part](text.new_context(dict(context))))
    except jinja2.UndefinedError:
        # Raised again with the lines of the template instead of those of its compiled form.
        text.environment.handle_exception()


def _place_of(error: jinja2.TemplateError, name: str) -> str:
    """Return file and line of a mistake in a template."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return f"{error.filename or name}, line {error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame for frame in frames if frame.filename.endswith(".txt")]
    return f"{lines[-1].filename}, line {lines[-1].lineno}" if lines else name


def _file_of(name: str) -> str:
    folder = _folder_of(name.partition("/")[0])
    return str(folder / name) if folder else f"templates/{name}"


def _folder_of(plugin: str) -> Path | None:
    """Return the folder of templates of a running plugin; None for one that is a single file."""
    module = runtime.current().registry.modules.get(plugin)
    if module is None or not hasattr(module, "__path__"):
        return None
    return Path(next(iter(module.__path__))) / "templates"


def _load(name: str) -> tuple[str, str, None] | None:
    folder = _folder_of(name.partition("/")[0])
    path = folder / name if folder else None
    if path is None or ".." in name or not path.is_file():
        return None
    return path.read_text("utf-8"), str(path), None


def _make_environment() -> jinja2.Environment:
    site = runtime.current().settings.site
    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(_load),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - plain text, never shown as a page
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    translated: Any = made
    translated.install_gettext_callables(i18n.gettext, i18n.plural_form, newstyle=True)
    made.globals |= {"site": site, "link": lambda path: f"{site.base_url}{path}"}
    made.filters |= i18n.FILTERS | {"commune": commune_name}
    return made


TEMPLATES = Slot("environment of mails", _make_environment)
"""The templates of mails, compiled once for the site."""
