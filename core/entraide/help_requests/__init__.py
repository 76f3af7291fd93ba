"""What is asked: requests, answers, matches; a built-in plugin."""
