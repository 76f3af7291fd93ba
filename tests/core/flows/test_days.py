"""Days are days in France: nothing ends an hour early or late, whatever the season or the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from entraide import clock, database
from entraide.directory.models import Offer
from entraide.directory.offers import service
from entraide.testing import add_offer, add_organisation


@pytest.mark.parametrize(
    ("last_day", "ends_at"),
    [
        (date(2027, 1, 15), datetime(2027, 1, 15, 23, tzinfo=UTC)),
        (date(2027, 7, 14), datetime(2027, 7, 14, 22, tzinfo=UTC)),
        # The nights on which the clocks change: 23 and 25 hours long.
        (date(2027, 3, 28), datetime(2027, 3, 28, 22, tzinfo=UTC)),
        (date(2027, 10, 31), datetime(2027, 10, 31, 23, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize(("seconds", "is_over"), [(-1, False), (0, True)])
def test_an_offer_lasts_until_midnight_in_paris(make_site, last_day, ends_at, seconds, is_over):
    site = make_site(plugins=("tutoring",))
    from entraide import runtime

    with runtime.activate(site):
        with database.writing() as session:
            organisation = add_organisation(session)
            offer = add_offer(
                session,
                kind="tutoring",
                organisation_id=organisation.id,
                verify_by=last_day,
                payload={"levels": ["cp"], "subjects": ["french"], "place": "library"},
            )
        site.clock.advance(ends_at - site.clock.now())
        site.clock.advance(seconds * (datetime.resolution * 1_000_000))
        assert (clock.today() > last_day) is is_over
        assert service.expire_offers() == int(is_over)
        with database.reading() as session:
            state = session.get_one(Offer, offer.id).publication
        assert state == ("expired" if is_over else "public")
