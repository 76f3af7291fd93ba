"""Catalogues of the core, and the tool that keeps them complete."""
