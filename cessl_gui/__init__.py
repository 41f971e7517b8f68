"""Label ECGs, fine-tune CE-SSL on them in the same window, read its predictions lead by lead."""

__version__ = "0.1.0"
RESEARCH_USE_ONLY = "Research use only. Not a medical device. Not for diagnosis or treatment decisions."
