"""Resources are found from a checkout, an editable install and a wheel in an empty environment."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from cessl_gui.core.paths import resource

CHECKOUT = Path(__file__).resolve().parent.parent
READ_A_RESOURCE = (
    "from cessl_gui.core import paths; from cessl_gui.core.statements.vocabulary import vocabulary;"
    "print(paths.resource('statements.csv')); print(vocabulary().find('AF').code)"
)


def test_resources_are_found_from_the_checkout():
    assert resource("statements.csv") == CHECKOUT / "resources" / "statements.csv"


def test_resources_are_found_from_the_installed_package(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", READ_A_RESOURCE], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    path, code = done.stdout.split()
    assert Path(path).is_file()
    assert not Path(path).is_relative_to(tmp_path)
    assert code == "164889003"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there always is a screen")
def test_without_a_screen_the_window_says_so():
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    command = [sys.executable, "-m", "cessl_gui"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == 1
    assert "There is no screen" in done.stderr


@pytest.mark.skipif(not shutil.which("make"), reason="there is no make here")
@pytest.mark.parametrize("project", ["", "~/my ward.cessl", 'quote " and `true`.cessl'])
def test_make_run_opens_the_project_that_it_was_given(tmp_path, project):
    (tmp_path / "ready").write_text("")
    (tmp_path / "say.py").write_text("import sys; print(sys.argv[1:])")
    # the real Makefile with another program in the place of Python, and a set-up that counts as done
    words = [f"PY={sys.executable} {tmp_path / 'say.py'}", f"READY={tmp_path / 'ready'}", "-o", str(tmp_path / "ready")]
    given = [f"PROJECT={project}"] if project else []
    # Not as a part of the `make test` that may run this: it would say which folder it enters.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "--no-print-directory", "run", *words, *given]
    done = subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True, text=True, env=environment)
    assert done.stdout.splitlines()[-1] == str(["-m", "cessl_gui", *([project] if project else [])])


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX")
def test_without_a_folder_of_its_own_the_program_starts_and_logs_to_the_terminal(tmp_path):
    (tmp_path / "file").write_text("")
    code = "import logging; from cessl_gui.core import logs, paths; logs.log_to(paths.user_data() / 'log')"
    code += "; logging.getLogger('cessl_gui').warning('heard')"
    environment = os.environ | {"XDG_DATA_HOME": str(tmp_path / "file"), "HOME": str(tmp_path / "file")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert "heard" in done.stderr


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
