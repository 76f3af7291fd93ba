"""What exists: organisations, territories, offers and the places they serve."""
