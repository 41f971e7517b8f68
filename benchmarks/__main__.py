"""`make bench`: the measurements in turn, or those that are named: `make bench ARGS="engine ludb"`. All take hours."""

import subprocess
import sys

FEW_STEPS = "--steps 100 --batch 16 --check-every 10"
COMMANDS = (
    *("engine", "to_best", "main_job", f"quality {FEW_STEPS}", f"quality --data ptbxl {FEW_STEPS}", "thresholds"),
    *("import_speed", "predict_speed", "responsiveness", "viewer", "signal_quality", "ludb", "large_project"),
)

if __name__ == "__main__":
    wanted, known = sys.argv[1:], {command.split()[0] for command in COMMANDS}
    if set(wanted) - known:
        sys.exit(f"Not among {', '.join(sorted(known))}: run python -m benchmarks.NAME")
    for command in COMMANDS:
        name, *options = command.split()
        if not wanted or name in wanted:
            subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *options], check=True)
