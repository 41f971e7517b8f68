"""Where a person begins: recent projects, and where recordings are dropped."""
