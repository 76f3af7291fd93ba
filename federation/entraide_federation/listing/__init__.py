"""From stored objects to the public listing: what is shown, and of whom."""
