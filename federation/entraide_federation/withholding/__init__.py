"""What this site keeps back of others, decided by a person and told to its readers."""
