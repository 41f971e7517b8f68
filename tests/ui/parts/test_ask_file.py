"""File dialogs open where the last one ended; names get the ending of their kind."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from cessl_gui.ui.parts import ask_file
from cessl_gui.ui.parts.ask_file import ask_files, ask_folder, ask_new_file


@pytest.fixture
def began(monkeypatch, tmp_path):
    """Where each dialog opened; each is answered with something in tmp_path / "ward"."""
    places = []
    (tmp_path / "ward").mkdir()
    answer = str(tmp_path / "ward" / "chosen")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *given: places.append(given[2]) or answer)
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *given: places.append(given[2]) or ([answer], ""))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *given: places.append(given[2]) or (answer, ""))
    return places


def test_the_first_dialog_opens_at_home(began):
    ask_folder(None, "Open")
    assert began == [str(Path.home())]


@pytest.mark.parametrize("ask", [ask_folder, ask_files, ask_new_file])
def test_the_next_dialog_opens_where_the_last_one_ended(began, tmp_path, ask):
    ask(None, "First")
    ask(None, "Second")
    assert Path(began[1]) == tmp_path / "ward"


def test_a_folder_that_is_gone_is_not_opened_again(began, tmp_path):
    ask_folder(None, "First")
    (tmp_path / "ward").rmdir()
    ask_folder(None, "Second")
    assert began[1] == str(Path.home())


def test_a_proposed_name_stands_in_that_folder(began, tmp_path):
    ask_folder(None, "First")
    ask_new_file(None, "Export", name="labels.csv")
    assert Path(began[1]) == tmp_path / "ward" / "labels.csv"


KINDS = "Tables (*.csv);;Panels (*.panel.json)"


@pytest.mark.parametrize(
    ("typed", "kind", "written"),
    [
        ("ward", "Tables (*.csv)", "ward.csv"),
        ("ward", "Panels (*.panel.json)", "ward.panel.json"),
        ("ward", "", "ward.csv"),
        ("ward.CSV", "Panels (*.panel.json)", "ward.CSV"),
        ("7.12. morning", "Tables (*.csv)", "7.12. morning.csv"),
    ],
)
def test_a_name_gets_the_ending_of_its_kind(monkeypatch, tmp_path, typed, kind, written):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / typed), kind))
    assert ask_new_file(None, "Export", KINDS) == tmp_path / written


@pytest.mark.parametrize("answer", [True, False])
def test_a_file_whose_name_gets_its_ending_from_us_is_replaced_only_when_that_is_said(monkeypatch, tmp_path, answer):
    asked = []
    (tmp_path / "labels.csv").write_text("of last week")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "labels"), ""))
    monkeypatch.setattr(ask_file, "ask", lambda *words: asked.append(words[-1]) or answer)
    assert ask_new_file(None, "Export", KINDS) == (tmp_path / "labels.csv" if answer else None)
    assert asked == ["labels.csv is there already. Replace it?"]


def test_no_other_module_opens_a_file_dialog_of_its_own():
    root = Path(ask_file.__file__).parents[1]
    others = [path.name for path in root.rglob("*.py") if "QFileDialog" in path.read_text(encoding="utf-8")]
    assert others == ["ask_file.py"]
