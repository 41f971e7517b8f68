"""Networks: their shape, files and adapters, and what one says of ECGs."""
