"""The spool: what went in comes out, in order, however much it is."""

import pytest

from entraide_federation.protocol import profile
from entraide_federation.protocol.objects import Counted
from entraide_federation.reading.receiving import spool as staging
from entraide_federation.reading.receiving.spool import Spool


def item(number):
    document = {"id": f"id-{number}", "origin": "o", "type": "Offer", "version": number}
    canonical = profile.canonical(document)
    return Counted(document, f"id-{number}", "o", "Offer", number, bytes(32), canonical)


@pytest.mark.parametrize("count", [0, 1, staging.BATCH, 2 * staging.BATCH + 1])
def test_what_went_in_comes_out_in_order(count):
    with Spool() as spool:
        for number in range(count):
            spool.add(item(number))
        assert spool.count == count
        for _ in range(2):
            batches = list(spool.batches())
            assert [one.version for batch in batches for one in batch] == list(range(count))
            assert all(len(batch) <= staging.BATCH for batch in batches)
