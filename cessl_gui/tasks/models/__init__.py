"""Training, the versions it makes, and their predictions."""
