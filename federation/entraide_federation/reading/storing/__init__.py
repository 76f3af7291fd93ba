"""What was received: compared with what is held, then written in one transaction."""
