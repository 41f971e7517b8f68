"""The commands on the log of acts, as a person runs them."""

import json

import pytest

from benchmarks.attack.tampering import HARMS, harmed, made
from cessl_gui.cli import main
from cessl_gui.store.project import Project


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


def test_repair_says_what_it_would_do_and_does_it_only_with_yes(folder, capsys):
    harmed(folder, HARMS["a label changed"])
    assert main(["repair", str(folder)]) == 1
    assert "Nothing was done" in capsys.readouterr().out
    assert main(["verify", str(folder)]) == 1
    assert main(["repair", str(folder), "--yes"]) == 0
    assert main(["verify", str(folder)]) == 0
    assert main(["repair", str(folder)]) == 0


def test_a_bundle_brings_acts_to_another_project(folder, tmp_path, capsys):
    assert main(["bundle", str(folder), str(tmp_path / "out.bundle")]) == 0
    assert main(["merge", str(tmp_path / "other.cessl"), str(tmp_path / "out.bundle"), "--json"]) == 0
    row = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (row["records"], row["refused"]) == (3, 0)
    assert row["acts"] > 30
    assert main(["verify", str(tmp_path / "other.cessl")]) == 0


def test_remove_erases_only_with_yes(folder, capsys):
    assert main(["remove", str(folder), "--record", "r1"]) == 1
    assert "Nothing was done" in capsys.readouterr().out
    assert main(["remove", str(folder), "--record", "r1", "--yes"]) == 0
    assert main(["verify", str(folder)]) == 0
    assert main(["remove", str(folder), "--patient", "nobody", "--yes"]) == 1


def test_an_empty_key_names_nobody_and_not_all_whom_no_file_names(folder, capsys):
    with Project.open(folder) as project:
        before = project.records.patients()
    assert "" in before.values()
    assert main(["remove", str(folder), "--patient", "", "--yes"]) == 2
    with Project.open(folder) as project:
        assert project.records.patients() == before


def test_the_history_is_exported_as_a_table(folder, tmp_path):
    assert main(["export", str(folder), str(tmp_path / "history.csv"), "--history"]) == 0
    assert (tmp_path / "history.csv").read_text().startswith("act,at_utc,reader")
