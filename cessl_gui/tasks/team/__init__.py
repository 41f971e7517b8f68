"""A reading team: exchange with its server, and its key."""
