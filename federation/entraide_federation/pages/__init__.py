"""What pages show of the federation: sites, signatures, and what needs care."""
