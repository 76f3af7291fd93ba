"""Lines and holders: how an address is counted, however a proxy writes it."""

import pytest

from entraide.networks import holder_of, network_of


@pytest.mark.parametrize(
    ("address", "line", "holder"),
    [
        ("203.0.113.9", "203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:4711", "203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("[2001:db8:1:2::9]:4711", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("[2001:db8:1:2::9]", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ('"[2001:db8:1:2::9]"', "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("2001:DB8:1:2::9", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/48"),
        ("::ffff:203.0.113.9", "203.0.113.9", "203.0.113.9"),
        ("64:ff9b::203.0.113.9", "203.0.113.9", "203.0.113.9"),
        ("2002:cb00:7109::1", "203.0.113.9", "203.0.113.9"),
        ("::1", "::/64", "::/48"),
        (" unknown ", "unknown", "unknown"),
        ("", "", ""),
    ],
)
def test_whose_line(address, line, holder):
    assert network_of(address) == line
    assert network_of(line) in (line, f"{line}")
    assert holder_of(address) == holder
    assert holder_of(line) == holder


def test_addresses_of_one_line_are_one():
    inside = {network_of(f"2001:db8:1:2:{number:x}::{number:x}") for number in range(1, 60)}
    assert inside == {"2001:db8:1:2::/64"}
