"""A project is kept whole: verified, repaired, copied every day; data are removed on request."""
