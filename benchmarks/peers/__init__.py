"""The other products that are measured beside ours."""
