"""Finding offers and organisations: what was asked for, filters, pages of results."""
