"""What is read from a signal: gate, measurements, quality, display filters."""
