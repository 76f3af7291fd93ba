"""What whoever runs a site does with it now and then: rehearsing an upgrade."""
