"""Labels of files whose words or columns may deny a statement: none of them is taken as present."""

import numpy as np
import pytest

from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.tasks.labels.label_columns import guess
from cessl_gui.tasks.labels.label_import import preview
from cessl_gui.tasks.labels.label_tables import read_table

AF = "164889003"


@pytest.fixture
def look(project, tmp_path):
    """Write a file and look at it, in a project of two ECGs."""
    for name in ("r1", "r2"):
        project.records.add(Record(name, name, f"/x/{name}.hea", name * 32, np.zeros((12, 10)), 500.0, LEADS_12))

    def looked_at(text: str):
        path = tmp_path / "labels.csv"
        path.write_text(text, encoding="utf-8")
        table = read_table(path)
        return preview(project, table, guess(table), "dr test")

    return looked_at


@pytest.mark.parametrize(
    ("heading", "cells"),
    [
        ("present", "0 1"),
        ("label", "0 1"),
        ("negated", "yes no"),
        ("polarity", "negative positive"),
        ("Befund", "no x"),
    ],
)
def test_a_column_that_may_deny_a_statement_is_asked_about(look, heading, cells):
    first, second = cells.split()
    seen = look(f"record,statement,{heading}\nr1,AF,{first}\nr1,PVC,{second}\n")
    assert [(len(seen.new), heading in each.reason) for each in seen.unmatched] == [(0, True)] * 2


@pytest.mark.parametrize("heading", ["presenting_complaint", "confidential", "uncertain_id_of"])
def test_a_column_whose_name_only_resembles_one_is_not_asked_about(look, heading):
    assert len(look(f"record,statement,{heading}\nr1,AF,chest pain\n").new) == 1


def test_a_column_of_the_sex_is_no_state(look):
    assert len(look("record,statement,sex\nr1,AF,0\nr2,AF,1\n").new) == 2


def test_that_no_column_tells_the_state_can_be_said(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("record,statement,seen\nr1,AF,0\n", encoding="utf-8")
    assert guess(read_table(path), {"state": ""}).doubt == ""


@pytest.mark.parametrize("cell", ["no PVC, AF", "no evidence of PVC, SR, AF", "no; AF", "kein PVC, AF"])
def test_what_may_still_be_denied_in_a_list_is_no_label(look, cell):
    assert look(f'record,statement\nr1,"{cell}"\n').new == ()


def test_a_semicolon_ends_what_is_denied(look):
    assert [label.code for label in look('record,statement\nr1,"no PVC; AF"\n').new] == [AF]


@pytest.mark.parametrize(
    "remark", ["no AF after all", "AF ruled out", "no longer AF", "doch kein Vorhofflimmern", "withdrawn"]
)
@pytest.mark.parametrize("heading", ["record,statement,comment", "record,statement,state,comment", "record,AF,comment"])
def test_a_statement_that_a_comment_takes_back_is_asked_about(look, heading, remark):
    said = {"record,statement,comment": "AF", "record,statement,state,comment": "AF,present", "record,AF,comment": "1"}
    seen = look(f"{heading}\nr1,{said[heading]},{remark}\n")
    assert [(len(seen.new), remark in each.reason) for each in seen.unmatched] == [(0, True)]


def test_a_comment_on_something_else_takes_nothing_back(look):
    seen = look("record,statement,state,comment\nr1,AF,present,no chest pain\nr2,AF,present,PVC ruled out; AF stays\n")
    assert len(seen.new) == 2


def test_a_statement_that_another_line_takes_back_is_asked_about(look):
    seen = look("record,statement\nr1,AF\nr1,PVC\nr1,AF ruled out\nr2,AF\n")
    assert [(label.record_id, label.code == AF) for label in seen.new] == [("r1", False), ("r2", True)]


@pytest.mark.parametrize("cell", ["AF, withdrawn", "AF; no longer AF", "AF, AF ruled out"])
def test_a_statement_that_its_own_list_takes_back_is_no_label(look, cell):
    assert look(f'record,statement\nr1,"{cell}"\n').new == ()
