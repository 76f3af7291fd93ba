"""What a source sends: taken apart, and each object authenticated."""
