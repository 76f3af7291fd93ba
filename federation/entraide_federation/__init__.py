"""Signed public offers travelling between independently hosted sites (EFP/1), as a plugin."""
