"""The demo: any list of instance folders as development sites on loopback, in one command."""
