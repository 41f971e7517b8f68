"""File dialogs open where the last one ended."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

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
