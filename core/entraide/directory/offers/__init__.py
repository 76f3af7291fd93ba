"""Rules of offers: what comes in, who is told, how they end."""
