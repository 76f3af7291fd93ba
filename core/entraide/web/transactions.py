"""A transaction is a request: success commits, an error rolls back."""

from __future__ import annotations

from contextlib import ExitStack

from flask import Flask, Response, current_app, g, request
from sqlalchemy.orm import Session

from entraide import database, runtime
from entraide.database.sessions import explained, lifted, open_for_writing, run_after_commit
from entraide.hook_failures import one_page

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def install(app: Flask, site: runtime.Runtime) -> None:
    """Activate the site for each request and end its transaction before the answer leaves."""

    @app.before_request
    def _enter() -> None:
        g.stack = ExitStack()
        g.stack.enter_context(runtime.activate(site))
        g.stack.enter_context(one_page())
        g.transaction = None

    @app.teardown_request
    def _leave(_error: BaseException | None) -> None:
        stack: ExitStack | None = g.pop("stack", None)
        if stack is not None:
            stack.close()


def session() -> Session:
    """Return the request's session, opened on first use: read-only for GET and HEAD."""
    if g.transaction is None:
        mode = database.reading() if request.method in SAFE else open_for_writing()
        # A hook may be the first that asks for it; what the hook may do is another question.
        with lifted():
            g.transaction = g.stack.enter_context(mode)
    opened: Session = g.transaction
    return opened


def commit() -> None:
    """Commit what the request wrote, before its answer says so."""
    opened: Session | None = g.get("transaction")
    if opened is not None and request.method not in SAFE:
        with explained():
            opened.commit()
        run_after_commit(opened)


def roll_back() -> None:
    """Forget what the request wrote (it failed)."""
    opened: Session | None = g.get("transaction")
    if opened is not None:
        opened.info.pop("after_commit", None)
        opened.rollback()


def install_commit(app: Flask) -> None:
    """Commit after the view and before the answer; a commit that fails becomes its own answer."""

    @app.after_request
    def _finish(response: Response) -> Response:
        if response.status_code >= 400:  # noqa: PLR2004 - the first error status
            roll_back()
            return response
        try:
            commit()
        except Exception as error:  # noqa: BLE001 - answered like any error of a view
            roll_back()
            return current_app.make_response(current_app.handle_user_exception(error))
        return response
