"""Whom this site believes: origins that wait until they have spoken themselves, and their end."""
