"""`cessl-gui [FOLDER]`: open a project (the start page when no folder is named) in a window."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from cessl_gui import RESEARCH_USE_ONLY, __version__
from cessl_gui.core.errors import CesslError
from cessl_gui.core.logs import log_to
from cessl_gui.core.paths import user_data


def main(argv: list[str] | None = None) -> int:
    """Start the window; returns the exit status."""
    parser = argparse.ArgumentParser(prog="cessl-gui", description=RESEARCH_USE_ONLY)
    parser.add_argument("project", nargs="?", type=Path, help="project folder NAME.cessl (made if absent)")
    parser.add_argument("--version", action="version", version=__version__)
    args = parser.parse_args(argv)
    if not _has_screen():
        print(
            "cessl-gui: There is no screen to open a window on. The cessl commands work without one.", file=sys.stderr
        )
        return 1
    log_to(user_data() / "cessl-gui.log")

    from cessl_gui.ui.shell.app import run  # Qt only now: --help and --version answer without it

    try:
        return run(args.project)
    except CesslError as error:
        print(f"cessl-gui: {error}", file=sys.stderr)
        return 1


def _has_screen() -> bool:
    """Qt would end the process without a word to the person where there is none."""
    return not sys.platform.startswith("linux") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    )


if __name__ == "__main__":
    sys.exit(main())
