"""The commands on the log of acts, as a person runs them."""

import json

import pytest

from benchmarks.attack.tampering import HARMS, harmed, made
from cessl_gui.cli import main


@pytest.fixture
def folder(tmp_path):
    return made(tmp_path / "ward.cessl")


def test_verify_says_that_nothing_was_altered(folder, capsys):
    assert main(["verify", str(folder)]) == 0
    assert "nothing was altered" in capsys.readouterr().out


def test_verify_names_what_was_altered_and_fails(folder, capsys):
    harmed(folder, HARMS["a label changed"])
    assert main(["verify", str(folder), "--json"]) == 1
    first, *_, last = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert "labels" in first["wrong"]
    assert last["sound"] is False
