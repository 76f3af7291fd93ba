"""Side-by-side measurements with other products; never asserted in tests."""
