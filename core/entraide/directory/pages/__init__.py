"""Pages of offers and organisations: find, look at, look after."""
