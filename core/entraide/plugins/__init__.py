"""Plugins: found, checked, put in order and enabled, with what is known of each before it runs."""
