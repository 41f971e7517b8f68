"""The SQLite file of a project: its tables, version by version, and how it is opened."""
