"""Which ECG is read next, and why."""
