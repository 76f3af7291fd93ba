"""The contract of a plugin, checked: its source, its words, its tables, its pages, its own tests."""

from __future__ import annotations

from entraide.kit.candidate import Candidate
from entraide.kit.checking import (
    hooks,
    loads,
    own_tests,
    pages,
    people,
    rows,
    sending,
    source,
    tables,
    words,
)
from entraide.kit.findings import Report

ALONE = (
    ("loads alone", loads.loads_alone),
    ("loads beside the shipped plugins", loads.loads_beside_others),
)
ON_FILES = (
    ("imports public names only", source.imports_public_names),
    ("hooks are annotated as specified", hooks.annotated_as_specified),
    ("says what it is", words.says_what_it_is),
    ("migrations make tables alone", tables.leave_no_types),
    ("speaks French and English", words.speaks_both_languages),
    ("says in its source what it does", source.has_docstrings),
)
ON_A_SITE = (
    ("a row can be made up for every table", rows.are_made_up),
    ("routes refuse strangers", pages.refuse_strangers),
    ("rows go with what they point at", tables.say_what_goes),
    ("migrations go down and up and equal the models", tables.migrate_both_ways),
    ("migrations run on rows", tables.migrate_with_rows),
    ("personal data is exported", people.is_exported),
    ("others read nothing private", people.stays_private),
    ("nothing private is federated", sending.nothing_private_leaves),
    ("pages are accessible", pages.are_accessible),
)
ABOUT_TABLES = (
    rows.are_made_up,
    tables.say_what_goes,
    tables.migrate_both_ways,
    tables.migrate_with_rows,
    people.is_exported,
)
ON_A_SITE_OF_ONE_FILE = tuple(pair for pair in ON_A_SITE if pair[1] not in ABOUT_TABLES)
"""One file has no tables, and no tests beside it that would be its own."""


def check_plugin(plugin: Candidate, *, with_tests: bool = True) -> Report:
    """Return what is wrong with a plugin; it runs on temporary sites that nobody sees.

    Of a plugin that is one file what is about tables and its own tests is left out. Without
    `with_tests` its own tests are not run. When it does not load, what needs a running plugin is left out: mend that first.
    """
    report = Report(plugin.name)
    on_a_site = ON_A_SITE if plugin.file is None else ON_A_SITE_OF_ONE_FILE
    for name, look in ALONE:
        report.add(name, look(plugin))
    does_load = not report.findings
    for name, look in ON_FILES:
        report.add(name, look(plugin))
    if does_load:
        for name, look in on_a_site:
            report.add(name, look(plugin))
        report.unseen = sending.not_made_up(plugin)
    if does_load and with_tests and plugin.file is None:
        report.add("its own tests pass", own_tests.pass_here(plugin))
    return report
