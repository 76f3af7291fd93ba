"""Program: what the first view of a running site weighs, as sent to a browser that takes gzip."""

from __future__ import annotations

import gzip
import re
import sys
from urllib.parse import urljoin
from urllib.request import Request, urlopen

LINKED = re.compile(rb'<(?:link rel="(?:preload|stylesheet|icon)" href|script src)="([^"]+)"')
IN_STYLES = re.compile(rb'url\("([^"]+)"\)')


def fetch(address: str) -> tuple[int, bytes]:
    """Return how many bytes of a body were sent, and the body itself."""
    with urlopen(Request(address, headers={"Accept-Encoding": "gzip"})) as answer:  # noqa: S310 - named on the command line
        sent = answer.read()
        is_packed = answer.headers.get("Content-Encoding") == "gzip"
    return len(sent), gzip.decompress(sent) if is_packed else sent


def weigh(page: str) -> dict[str, int]:
    """Return the bytes of a page and of everything that it loads at first, by address."""
    size, body = fetch(page)
    sizes = {page: size}
    waiting = [urljoin(page, link.decode()) for link in LINKED.findall(body)]
    while waiting:
        address = waiting.pop()
        if address not in sizes:
            sizes[address], body = fetch(address)
            if address.partition("?")[0].endswith(".css"):
                waiting += [urljoin(address, link.decode()) for link in IN_STYLES.findall(body)]
    return sizes


if __name__ == "__main__":
    for start in sys.argv[1:]:
        sizes = weigh(start)
        print(f"{sum(sizes.values()):7} bytes in {len(sizes)} requests: {start}")
        for address, size in sizes.items():
            print(f"{size:9} {address}")
