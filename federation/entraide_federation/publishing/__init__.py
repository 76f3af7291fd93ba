"""This site's own objects: marked, signed, numbered and covered by a Head."""
