"""Projects: large ones, a team's server, the order of reading."""
