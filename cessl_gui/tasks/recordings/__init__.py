"""Recordings into a project, and what is measured of them."""
