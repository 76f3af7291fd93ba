import os, time, pytest
from sqlalchemy import insert, text
from entraide import database, runtime
from entraide_federation import publisher, publishing_head
from entraide_federation.models import SignedObject


def test_x(make_origin, publish_all):
    origin_site = make_origin()
    with runtime.activate(origin_site):
        publish_all()
        with database.writing() as s:
            s.execute(
                insert(SignedObject),
                [
                    dict(
                        uid=f"https://site.example/federation/o/00000000-0000-7000-8000-{n:012d}",
                        origin_id=1,
                        type="Offer",
                        version=1,
                        element=os.urandom(32),
                        body=b"{" + b"x" * 900 + b"}",
                        seq=10**9 + n,
                        content_hash="x",
                    )
                    for n in range(100_000)
                ],
            )
        q = "select element from federation_object where seq is not null and (deleted_at is null or deleted_at >= '2025-01-01') order by element"
        q2 = "select count(*) from federation_object where seq is not null and deleted_at is null"
        with database.reading() as s:
            c = s.connection().connection.driver_connection
            for x in (q, q2):
                print("publish", c.execute("explain query plan " + x).fetchall())
                for i in range(3):
                    t = time.perf_counter()
                    c.execute(x).fetchall()
                    print("publish raw", time.perf_counter() - t)
            c.execute("select 1")
