"""The rules of EFP/1: pure functions over documents; no database, no transport, no site."""
