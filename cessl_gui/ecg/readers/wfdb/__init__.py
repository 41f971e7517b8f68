"""WFDB: headers, data files, segments."""
