"""Resources are found from a checkout, an editable install and a wheel in an empty environment."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from cessl_gui.core.paths import resource

CHECKOUT = Path(__file__).resolve().parent.parent
READ_A_RESOURCE = (
    "from cessl_gui.core import paths; from cessl_gui.core.vocabulary import vocabulary;"
    "print(paths.resource('statements.csv')); print(vocabulary().find('AF').code)"
)


def test_resources_are_found_from_the_checkout():
    assert resource("statements.csv") == CHECKOUT / "resources" / "statements.csv"


def test_resources_are_found_from_the_installed_package(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", READ_A_RESOURCE], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    path, code = done.stdout.split()
    assert Path(path).is_file() and not Path(path).is_relative_to(tmp_path) and code == "164889003"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there always is a screen")
def test_without_a_screen_the_window_says_so():
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    command = [sys.executable, "-m", "cessl_gui"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == 1 and "There is no screen" in done.stderr


def test_a_missing_resource_says_where_it_was_sought():
    try:
        resource("no-such-thing")
    except FileNotFoundError as error:
        assert str(CHECKOUT / "resources") in str(error)
    else:
        raise AssertionError("a missing resource must not be silent")


def test_a_built_wheel_carries_its_resources(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, CHECKOUT],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    environment = tmp_path / "empty"
    venv.create(environment, with_pip=False)
    scripts = "Scripts" if sys.platform == "win32" else "bin"
    python = environment / scripts / "python"
    # Only the wheel itself goes in, and platformdirs, the one package that finding a resource needs.
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "--python",
            str(python),
            "install",
            "--quiet",
            "--no-deps",
            wheel,
            "platformdirs",
        ],
        check=True,
        capture_output=True,
    )
    done = subprocess.run([python, "-c", READ_A_RESOURCE], cwd=tmp_path, check=True, capture_output=True, text=True)
    path, code = done.stdout.split()
    assert Path(path).is_relative_to(environment)
    assert code == "164889003"
