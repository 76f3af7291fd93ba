"""`entraide jobs`: the periodic work of this site, and running one of it now."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from difflib import get_close_matches
from uuid import uuid4

import click
from sqlalchemy import select

from entraide import app, clock, database, runtime
from entraide.errors import NotFound, Refused
from entraide.jobs import leases
from entraide.jobs.alone import is_of_this_machine, running_alone
from entraide.jobs.leases import JobLease
from entraide.kinds import Job, JobRun
from entraide.plugins.errors import home_of_module, step_of

UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


@click.group(invoke_without_command=True)
@click.pass_context
def jobs(ctx: click.Context) -> None:
    """List the periodic jobs of this site; without a word after it: list."""
    if ctx.invoked_subcommand is None:
        for line in describe():
            click.echo(line)


@jobs.command("run")
@click.argument("name")
def run(name: str) -> None:
    """Run a job once, now, as its worker does; what it mails leaves with the worker."""
    known = {job.name: job for job in app.jobs_of(runtime.current())}
    if name not in known:
        close = get_close_matches(name, known, 1)
        hint = f"Did you mean {close[0]}?" if close else f"There are: {', '.join(sorted(known))}."
        raise NotFound(f"There is no job {name}. {hint}")
    seconds = _run(known[name])
    click.echo(f"{name} ran in {seconds:.1f} s.")


def describe() -> Iterator[str]:
    """Yield one line for each job: its period, its last run and the next one."""
    with database.reading() as session:
        rows = {row.name: row for row in session.scalars(select(JobLease))}
        for job in app.jobs_of(runtime.current()):
            yield f"{job.name}  every {period_in_words(job.period)}; {_last(job, rows.get(job.name))}"


def period_in_words(seconds: float) -> str:
    """Return a period in the largest unit that fits: `day`, `2 hours`, `1.5 s`."""
    for size, unit in UNITS:
        if seconds >= size and seconds % size == 0:
            count = int(seconds // size)
            return unit if count == 1 else f"{count} {unit}s"
    return f"{seconds:g} s"


def _last(job: Job, row: JobLease | None) -> str:
    if job.is_local:
        return "on each machine with a worker"
    if row is None or row.last_finished_at is None:
        return "has not run yet"
    last = row.last_finished_at
    after = last + timedelta(seconds=job.period)
    is_held = row.leased_until > clock.now()
    next_run = f"{after:%Y-%m-%d %H:%M:%S} UTC" if after > clock.now() else "due"
    following = f"next {next_run}" if is_held else "no worker runs"
    failure = f"; failed: {row.last_error}" if row.last_error else ""
    return f"last run {last:%Y-%m-%d %H:%M:%S} UTC, {following}{failure}"


def _run(job: Job) -> float:
    """Run a job once; return how many seconds it took, and raise what stands in the way."""
    state, own = runtime.current().settings.state, uuid4().hex
    length = leases.LEASE + timedelta(seconds=job.time_limit)
    with running_alone(state, job.name, waits=False):
        holder = own if job.is_local or leases.take(job.name, own, length) else _holder(job.name)
        if holder != own and not is_of_this_machine(state, holder):
            raise Refused(f"A worker of another machine has {job.name}. Run it there.")
        started, error = time.monotonic(), ""
        try:
            job.function(JobRun(clock.now() + timedelta(seconds=job.time_limit), lambda: False))
        except (Exception, SystemExit) as failure:
            error = f"{type(failure).__name__}: {failure}"
            raise click.ClickException(f"{job.name} failed: {error}{_place(failure)}") from failure
        finally:
            if not job.is_local:
                leases.report(job.name, holder, error)
                leases.release(own)
        return time.monotonic() - started


def _holder(name: str) -> str:
    with database.reading() as session:
        row = session.get(JobLease, name)
        return row.holder if row else ""


def _place(failure: BaseException) -> str:
    """Return the last step in the files of a plugin; nothing for a job of the core."""
    for module in runtime.current().registry.modules.values():
        file, line = step_of(home_of_module(module), failure)
        if line:
            return f" ({file}, line {line})"
    return ""
