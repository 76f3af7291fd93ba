"""Fixtures of every test: sites, databases, a fake clock; the network stays on loopback."""

pytest_plugins = ["entraide.testing"]
