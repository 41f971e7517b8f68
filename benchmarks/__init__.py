"""What is measured, a module for each; see docs/benchmarks.md."""

import cessl_gui as cessl_gui  # before numpy, whose threads it bounds
