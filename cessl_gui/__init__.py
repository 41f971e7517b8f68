"""Label ECGs, fine-tune CE-SSL on them in the same window, read its predictions lead by lead."""

import os

# Read when numpy is loaded. Its matrices are small here: on two threads the fits of an output layer took 12 times as
# long as on one while other programs had a share of the cores.
for _name in ("OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ.setdefault(_name, "1")

__version__ = "0.1.0"
RESEARCH_USE_ONLY = "Research use only. Not a medical device. Not for diagnosis or treatment decisions."
