"""What holds for every schema alike, or for each in its own way."""
