"""This site's own keys, its address for life, and the recovery sheet."""
