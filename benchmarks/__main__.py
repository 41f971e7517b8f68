"""`make bench`: the measurements in turn, or those that are named."""

import subprocess
import sys

NAMES = (
    *("engine", "quality", "thresholds", "import_speed", "predict_speed"),
    *("responsiveness", "viewer", "signal_quality", "ludb"),
)

if __name__ == "__main__":
    for name in sys.argv[1:] or NAMES:
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)
