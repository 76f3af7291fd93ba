"""How a place is called by its code, on pages of plugins too."""

import pytest

from entraide.pages import commune_name


@pytest.mark.parametrize(("code", "name"), [("58079", "Clamecy"), ("99999", "99999")])
def test_a_commune_by_its_code(site, code, name):
    assert commune_name(code) == name
