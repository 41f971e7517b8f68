"""Check that Qt can start here; name the missing system libraries, or install them when root on Debian or Ubuntu.

Run by `make` after the Python packages are in place: python packaging/system_libraries.py
"""

import os
import shutil
import subprocess
import sys

# What PySide6's platform plugins (offscreen, xcb) load from the system, by Debian package; fonts so that text is drawn.
DEBIAN_PACKAGES = [
    "libegl1",
    "libgl1",
    "libglib2.0-0",
    "libdbus-1-3",
    "libfontconfig1",
    "libxkbcommon0",
    "libxkbcommon-x11-0",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-image0",
    "libxcb-keysyms1",
    "libxcb-randr0",
    "libxcb-render-util0",
    "libxcb-shape0",
    "libxcb-xinerama0",
    "fonts-dejavu-core",
]
# Loading the plugin says which library is missing; a window on a screen that is not there must not fail the check.
OFFSCREEN = "from PySide6.QtWidgets import QApplication, QLabel; a = QApplication([]); QLabel('I').show()"
XCB = (
    "import ctypes, pathlib, PySide6;"
    "ctypes.CDLL(str(next(pathlib.Path(PySide6.__file__).parent.glob('Qt/plugins/platforms/libqxcb.so'))))"
)
FONTS = (
    "from PySide6.QtGui import QFontDatabase; from PySide6.QtWidgets import QApplication; a = QApplication([]);"
    "assert QFontDatabase.families(), 'no fonts are installed'"
)


def problem() -> str:
    """The last line of what failed, or "" when Qt starts, draws text and has its screen plugin."""
    if not sys.platform.startswith("linux"):
        return ""  # the wheels for Windows and macOS bring all they need
    for check in (OFFSCREEN, XCB, FONTS):
        env = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
        done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, env=env)
        if done.returncode:
            return (done.stderr.strip().splitlines() or ["Qt could not start"])[-1]
    return ""


def main() -> int:
    """Exit status 0 when Qt works; else 1, with the command that installs what is missing."""
    missing = problem()
    if not missing:
        return 0
    install = ["apt-get", "install", "-y", "--no-install-recommends", *DEBIAN_PACKAGES]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Qt needs system libraries ({missing}); installing them.", file=sys.stderr)
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(install, check=False, stdout=subprocess.DEVNULL)
        missing = problem()
    if missing:
        print(f"Qt cannot start: {missing}\nOn Debian or Ubuntu: sudo {' '.join(install)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
