"""Plugins that misbehave, and whether a site stands that: every hook, every fault."""

from entraide.testing.chaos.acts import break_integrity, leave_changes, pass_time, write
from entraide.testing.chaos.examples import example
from entraide.testing.chaos.faults import FAULTS, Fault, cases, hooks, source
from entraide.testing.chaos.ordeal import Ordeal, assert_contained

__all__ = [
    "FAULTS",
    "Fault",
    "Ordeal",
    "assert_contained",
    "break_integrity",
    "cases",
    "example",
    "hooks",
    "leave_changes",
    "pass_time",
    "source",
    "write",
]
