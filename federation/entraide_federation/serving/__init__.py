"""The endpoints of the federation: the feed, snapshots, Heads and Keysets."""
