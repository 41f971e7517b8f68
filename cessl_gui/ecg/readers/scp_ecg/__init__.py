"""SCP-ECG (EN 1064)."""
