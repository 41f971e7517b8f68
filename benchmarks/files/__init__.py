"""Recordings as files: damaged ones, and how fast they are imported."""
