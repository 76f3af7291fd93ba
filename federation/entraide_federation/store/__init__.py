"""What this site keeps of the network: rows, numbers, and each origin's health."""
