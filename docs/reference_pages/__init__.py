"""Reference pages as the code tells them: each module writes one page."""
