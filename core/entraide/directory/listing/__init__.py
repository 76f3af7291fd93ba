"""The public listing, the seam with the federation: our own rows and those of other sites."""
