"""`make bench`: the measurements in turn, or those that are named. All take hours.

`make bench ARGS="speed.engine signal.ludb"`
"""

import subprocess
import sys

FEW_STEPS = "--steps 100 --batch 16 --check-every 10"
COMMANDS = (
    *("speed.engine", "speed.to_best", "learning.main_job", f"learning.quality {FEW_STEPS}"),
    *(f"learning.quality --data ptbxl {FEW_STEPS}", "learning.thresholds", "files.import_speed", "speed.predict_speed"),
    *("window.responsiveness", "window.viewer", "signal.signal_quality", "signal.ludb", "projects.large_project"),
)

if __name__ == "__main__":
    wanted, known = sys.argv[1:], {command.split()[0] for command in COMMANDS}
    if set(wanted) - known:
        sys.exit(f"Not among {', '.join(sorted(known))}: run python -m benchmarks.ROOM.NAME")
    for command in COMMANDS:
        name, *options = command.split()
        if not wanted or name in wanted:
            subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *options], check=True)
