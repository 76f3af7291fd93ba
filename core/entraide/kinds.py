"""What hooks return: kinds of help, workflows, rules, links, panels, problems, jobs, resources."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from marshmallow import Schema

from entraide.i18n import LazyText, Text
from entraide.kind_answers import Answers
from entraide.kind_rules import (
    FIRST_VERSION,
    Moderation,
    Question,
    Questions,
    Schedule,
    ScheduleMode,
    Side,
    Upcast,
    mistakes_in_names,
    mistakes_in_questions,
    mistakes_in_versions,
    mistakes_of_modes,
)
from entraide.parts import Checked, mistakes_in_parts

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Blueprint

    from entraide.directory.models import Offer
    from entraide.policy import Actor

ACTION = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+")


@dataclass(frozen=True, eq=False)
class Workflow:
    """States of an offer and the steps between them: `transitions[state][step] = next state`.

    `listed` names the states in which a row stays in lists and feeds (default: the initial one);
    a state without exits withdraws the row. `labels` words the steps. ValueError when the
    initial state has no steps, a listed one does not exist, or a name is no text.
    """

    initial: str
    transitions: Mapping[str, Mapping[str, str]]
    listed: tuple[str, ...] | None = None
    labels: Mapping[str, Text] = field(default_factory=dict)

    def __post_init__(self) -> None:
        named = (*self.names, *self._steps)
        if wrong := [name for name in named if not isinstance(name, str)]:
            raise ValueError(f"states and steps are named in words, and {wrong[0]!r} is none")
        if wordless := [step for step, words in self.labels.items() if not _are_words(words)]:
            raise ValueError(f'labels[{wordless[0]!r}] is no words. Write _("…")')
        if self.initial not in self.transitions:
            raise ValueError(f"the initial state {self.initial!r} has no transitions")
        unknown = set(self.listed or ()) - self.names
        if unknown:
            raise ValueError(f"listed states that do not exist: {sorted(unknown)}")

    @property
    def names(self) -> set[str]:
        """Return every state: those with exits and those that end."""
        ends = {target for steps in self.transitions.values() for target in steps.values()}
        return set(self.transitions) | ends

    @property
    def _steps(self) -> list[str]:
        return [step for steps in self.transitions.values() for step in steps]

    def oddities(self) -> Iterator[str]:
        """Yield what does no harm and can hardly be meant: states and labels that nothing reaches."""
        steps = {step for exits in self.transitions.values() for step in exits}
        reached, waiting = {self.initial}, [self.initial]
        while waiting:
            nearest = set(self.steps(waiting.pop()).values()) - reached
            reached |= nearest
            waiting += nearest
        if lost := sorted(self.names - reached):
            yield f"no step leads to the state {lost[0]!r}: add one, or take the state out"
        if idle := sorted(set(self.labels) - steps):
            yield f"labels words {idle[0]!r}, which is no step: the steps are {', '.join(sorted(steps))}"

    def steps(self, state: str) -> Mapping[str, str]:
        """Return the steps out of `state`: step → next state."""
        return self.transitions.get(state, {})

    def is_listed(self, state: str) -> bool:
        """Return whether a row in `state` stays in lists and feeds."""
        return state in (self.listed or (self.initial,))

    def is_final(self, state: str) -> bool:
        """Return whether nothing follows `state`."""
        return not self.steps(state)


def _are_words(words: object) -> bool:
    return isinstance(words, str | LazyText)


@dataclass(frozen=True, eq=False)
class Kind:
    """A type of help, declared by a plugin; everything else follows from the declaration.

    `schema` is a marshmallow schema whose fields are marked with `public`, `members`, `staff`,
    `parties` or `sealed`. `plural` is the label above several ("Outings"). `federated` lets
    organisations' public offers leave the site.
    `synonyms` are other words under which people look for it: `"trip, walk, museum"`; search
    finds every offer of the kind by them, in each language that they are translated into.
    `moderation` says which offers the team reads before they are public: those of people whom it
    does not know yet (`first`), every one (`always`), or none (`never`, for what never brings a
    person to a child: say `with_children=False`). A site may read more, never less.
    `schedule_modes` are the answers that the step "When?" has (all of them when left out).
    `questions` word what the core asks: `{"where": _("Where does the trip start?")}`, or by side:
    `{"places": {"offer": _("How many seats?")}}`; see `kind_rules.Question` for the names.
    A release that changes its fields raises `schema_version` and says in `upcasts` how a payload
    of each older version becomes one of the next: `{"1.0": function}`; the function takes the
    fields that are there (maybe only the public ones) and returns them as the next version has
    them. `answers` says how people answer its offers on their page; None: they cannot. `formerly` are names that the kind had before: its rows follow.
    ValueError when a value is none of those possible.
    """

    name: str
    label: Text
    schema: type[Schema]
    workflow: Workflow | None = None
    sides: tuple[Side, ...] = ("offer", "request")
    federated: bool = False
    schedule: Schedule = "optional"
    has_seats: bool = True
    moderation: Moderation = "first"
    with_children: bool = True
    icon: str = "other"
    summary: Text = ""
    synonyms: Text = ""
    schema_version: str = FIRST_VERSION
    plugin: str = ""
    plural: Text = ""
    schedule_modes: tuple[ScheduleMode, ...] = ()
    questions: Questions = field(default_factory=dict)
    upcasts: Mapping[str, Upcast] = field(default_factory=dict)
    answers: Answers | None = Answers()  # noqa: RUF009 - frozen
    formerly: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for wrong in self._mistakes():
            raise ValueError(f"kind {self.name!r}: {wrong}")

    @property
    def heading(self) -> Text:
        """Return the words above several of this kind, and beside their number."""
        return self.plural or self.label

    def question(self, name: Question, side: str) -> Text:
        """Return what the kind itself asks one side; empty when the core's words are right."""
        words = self.questions.get(name, "")
        return words.get(side, "") if isinstance(words, Mapping) else words

    def _mistakes(self) -> Iterator[str]:
        if not (isinstance(self.schema, type) and issubclass(self.schema, Schema)):
            yield f"schema={self.schema!r} is not a class made from marshmallow.Schema"
        if self.workflow is not None and not isinstance(self.workflow, Workflow):
            yield f"workflow={self.workflow!r} is not a Workflow"
        if isinstance(self.sides, str) or not self.sides or set(self.sides) - set(get_args(Side)):
            yield f'sides={self.sides!r} is not ("offer",), ("request",) or both'
        if self.schedule not in get_args(Schedule):
            yield f"schedule={self.schedule!r} is not one of {', '.join(get_args(Schedule))}"
        if self.moderation not in get_args(Moderation):
            yield f"moderation={self.moderation!r} is not one of {', '.join(get_args(Moderation))}"
        if self.moderation == "never" and self.with_children:
            yield 'moderation="never" needs with_children=False: a team reads who meets children'
        if self.answers is not None and not isinstance(self.answers, Answers):
            yield f"answers={self.answers!r} is not an Answers"
        yield from mistakes_of_modes(self.schedule_modes, self.schedule)
        yield from mistakes_in_questions(self.questions)
        yield from mistakes_in_versions(self.schema_version, self.upcasts)
        yield from mistakes_in_names(self.name, self.formerly)
        yield from mistakes_in_parts(self)


@dataclass(frozen=True)
class Rule:
    """Whoever has `role` and stands in `relation` to the subject may do `action`.

    `role` is `anyone`, `member` (whoever is logged in) or the name of a role; `relation` a function
    of the member and the subject. The actions of a plugin begin with its name: `toys.lend`.
    ValueError when a value is none of those possible, and for `anyone` with a relation: who is not
    known stands in none.
    """

    action: str
    role: str = "member"
    relation: Callable[[Actor, Any], bool] | None = None

    def __post_init__(self) -> None:
        for wrong in self._mistakes():
            raise ValueError(f"rule {self.action!r}: {wrong}")

    def _mistakes(self) -> Iterator[str]:
        if not isinstance(self.action, str) or not ACTION.fullmatch(self.action):
            yield "its action is the plugin's name, a point and a verb, like toys.lend"
        if not isinstance(self.role, str) or not self.role:
            yield f'role={self.role!r} is not "anyone", "member" or the name of a role'
        if self.relation is not None and not _takes_two(self.relation):
            yield f"relation={self.relation!r} is not a function of a member and a subject"
        if self.role == "anyone" and self.relation is not None:
            yield 'for "anyone" there is no relation'


def _takes_two(relation: object) -> bool:
    try:
        inspect.signature(relation).bind(None, None)  # type: ignore[arg-type]
    except TypeError:
        return False
    return True


def owner_of(action: str) -> str:
    """Return the feature or plugin whose action it is: the word before its first point."""
    return action.partition(".")[0]


@dataclass(frozen=True)
class Link(Checked):
    """An entry of a menu."""

    label: Text
    url: str
    icon: str = "other"
    order: int = 50


@dataclass(frozen=True)
class Panel(Checked):
    """A box on a page: a template of the plugin's own namespace and what it shows."""

    title: Text
    template: str
    order: int = 50
    context: Mapping[str, Any] = field(default_factory=dict)


Look = Literal["", "good", "warm", "bad"]


@dataclass(frozen=True)
class Badge(Checked):
    """A short mark on the card of one row of a list: "3 places left".

    `subject` is the row as it was given to `badges`; `look` its colour, which never says it alone.
    ValueError for another look.
    """

    subject: Any
    label: Text
    icon: str = ""
    look: Look = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.look not in get_args(Look):
            raise ValueError(f"badge {self.label!r}: look={self.look!r} is none of good, warm, bad")


@dataclass(frozen=True)
class ManagedOffers:
    """The subject of panels on the page where a team looks after its `offers`."""

    offers: tuple[Offer, ...]


@dataclass(frozen=True)
class Problem(Checked):
    """Why something cannot be saved, in words for the person; `field` is where to look."""

    message: Text
    field: str = ""


@dataclass(frozen=True)
class Message:
    """One message to one person: `address` is an e-mail address, `key` makes sending idempotent."""

    address: str
    subject: str
    body: str
    key: str


@dataclass(frozen=True)
class JobRun:
    """One run of a job: stop before `deadline` (UTC); `should_stop` turns true at shutdown."""

    deadline: datetime
    should_stop: Callable[[], bool]


@dataclass(frozen=True)
class Job(Checked):
    """Periodic work: every `period` seconds, on one worker at a time, at most `time_limit` s.

    `function` looks at `run.deadline` and returns in time; one that runs on is told in the log and in
    `entraide status`, with the line at which it is, and holds up no other job.

    `is_local` work belongs to each machine (its search index): every worker runs it. Work that
    only follows what is written to the database gives an `idle_period`: as long as nobody has
    written since its last good run, it runs again only after that many seconds.
    """

    name: str
    function: Callable[[JobRun], None]
    period: float
    time_limit: float = 60
    is_local: bool = False
    idle_period: float = 0


@dataclass(frozen=True)
class Health(Checked):
    """What is wrong, or soon will be, with the remedy: a line of `entraide status`.

    `name` is a short stable code. `stops`: with this nothing that writes may start. One that is
    not `is_wrong` is told and leaves the exit status at 0.
    """

    name: str
    words: str
    is_wrong: bool = True
    stops: bool = False


@dataclass(frozen=True)
class ApiResource:
    """A flask-smorest blueprint mounted under `/api/v1/<plugin>/`; TypeError for anything else."""

    blueprint: Blueprint

    def __post_init__(self) -> None:
        if not callable(getattr(self.blueprint, "register_views_in_doc", None)):
            raise TypeError(
                f"ApiResource: blueprint={self.blueprint!r} is no blueprint of resources: "
                "from entraide import ApiBlueprint"
            )


@dataclass(frozen=True, slots=True)
class RemoteOffer:
    """A public offer of another site, as plugins judge it in `accept_remote_offer`."""

    uid: str
    origin: str
    kind: str
    title: str
    summary: str
    payload: Mapping[str, Any]
    schedule: Mapping[str, Any] | None = None
