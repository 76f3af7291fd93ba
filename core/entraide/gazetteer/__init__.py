"""Communes, their areas and the words that people use for them; the territory of this site."""
