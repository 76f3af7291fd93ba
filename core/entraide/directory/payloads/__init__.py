"""What a kind holds: checked, split by who may read it, shown with its labels."""
