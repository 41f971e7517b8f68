"""Two recordings and a bad file, and a command that is run on them."""

import json
import shutil

import pytest

from cessl_gui import cli
from cessl_gui.ecg.synthetic import synthetic_record
from cessl_gui.ecg.writers import write_wfdb

AF, SR = "164889003", "426783006"


@pytest.fixture(scope="session")
def recordings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli") / "recordings"
    folder.mkdir()
    write_wfdb(synthetic_record("sinus rhythm", 1), folder, "one", [f"Dx: {SR}"])
    write_wfdb(synthetic_record("atrial fibrillation", 2), folder, "two", [f"Dx: {AF}"])
    (folder / "letter.hea").write_text("Dear colleague,\nthank you.\n")
    return folder


@pytest.fixture
def folder(recordings, tmp_path):
    """Two recordings and a letter that somebody named .hea."""
    return shutil.copytree(recordings, tmp_path / "recordings", copy_function=shutil.copy)  # files of now


@pytest.fixture
def cessl(capsys):
    """Run a command with --json: (exit status, objects on standard output, text on standard error)."""

    def run(*words):
        status = cli.main([*map(str, words), "--json"])
        out, err = capsys.readouterr()
        return status, [json.loads(line) for line in out.splitlines()], err

    return run
