"""Several readers: what holds where they differ, the exchange with a server."""
