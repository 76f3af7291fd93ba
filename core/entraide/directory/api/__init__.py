"""The REST API of the directory: every public offer, its organisations and kinds."""
