"""Between projects: a signed file, the union of two, a team's server, keys of patients."""
