"""How sure a statement is, and dictionaries of likelihoods: nothing that a file denies or doubts becomes present."""

import numpy as np
import pytest

from cessl_gui.core.types import LEADS_12, Record, State
from cessl_gui.tasks.labels.label_cells import bare_list, pairs
from cessl_gui.tasks.labels.label_columns import guess
from cessl_gui.tasks.labels.label_import import preview
from cessl_gui.tasks.labels.label_tables import read_table

AF, LBBB, SR, NORM = "164889003", "733534002", "426783006", "426783006"


@pytest.fixture
def look(project, tmp_path):
    """Write a file and look at it, in a project of two ECGs."""
    for name in ("r1", "r2"):
        project.records.add(Record(name, name, f"/x/{name}.hea", name * 32, np.zeros((12, 10)), 500.0, LEADS_12))

    def looked_at(text: str, named=(), **more):
        path = tmp_path / "labels.csv"
        path.write_text(text, encoding="utf-8")
        table = read_table(path)
        return preview(project, table, guess(table, dict(named)), "dr test", **more)

    return looked_at


def states(seen):
    return [(label.code, label.state) for label in seen.new]


@pytest.mark.parametrize(
    "cell", ["AF, LBBB: no", "AF, LBBB not present", "AF, no", "AF; LBBB; both absent", "AF, LBBB nicht vorhanden"]
)
def test_a_denial_that_may_be_of_all_statements_of_a_cell_leaves_none_present(look, cell):
    seen = look(f'record,statement\nr1,"{cell}"\n')
    assert (seen.new, len(seen.unmatched)) == ((), 1)


def test_a_denial_that_stands_at_one_statement_leaves_the_others(look):
    assert states(look('record,statement\nr1,"AF, no LBBB"\n')) == [(AF, State.PRESENT)]


@pytest.mark.parametrize("heading", ["certainty", "Confidence", "likelihood", "Sicherheit", "certitude", "certeza"])
@pytest.mark.parametrize("word", ["0", "0 %", "no", "excluded", "ruled out", "ausgeschlossen", "exclu"])
def test_a_certainty_that_denies_makes_a_listed_statement_absent(look, heading, word):
    assert states(look(f"record,statement,{heading}\nr1,AF,{word}\n")) == [(AF, State.ABSENT)]


@pytest.mark.parametrize("word", ["50", "possible", "0.3", "likely", "none", "5", "1"])
def test_a_certainty_between_yes_and_no_is_no_label_and_is_said(look, word):
    seen = look(f"record,statement,certainty\nr1,AF,{word}\nr2,AF,100\n")
    assert [(x.record_id, x.state) for x in seen.new] == [("r2", State.PRESENT)]
    assert [each.reason for each in seen.unmatched] == [f"the certainty {word} is neither clearly yes nor no"]


@pytest.mark.parametrize("word", ["100", "100 %", "certain", "definite", "sicher", "yes", ""])
def test_a_sure_statement_is_present(look, word):
    assert states(look(f"record,statement,certainty\nr1,AF,{word}\n")) == [(AF, State.PRESENT)]


def test_a_state_that_the_certainty_contradicts_is_said(look):
    seen = look("record,statement,state,certainty\nr1,AF,present,0\n")
    assert [each.reason for each in seen.unmatched] == ["the state present and the certainty 0 contradict each other"]


def test_what_is_surely_absent_is_absent(look):
    assert states(look("record,statement,state,certainty\nr1,AF,absent,100\n")) == [(AF, State.ABSENT)]


def test_the_certainty_of_a_row_is_that_of_each_of_its_columns(look):
    seen = look("record,AF,LBBB,certainty\nr1,1,0,50\nr2,1,0,100\n")
    assert [(x.record_id, x.code) for x in seen.new] == [("r2", AF), ("r2", LBBB)]


@pytest.mark.parametrize("heading", ["AF_certainty", "certainty AF", "AF (confidence)"])
def test_a_statement_may_have_a_column_of_its_own_certainty(look, heading):
    assert states(look(f"record,AF,{heading},LBBB\nr1,1,0,1\n")) == [(LBBB, State.PRESENT)]


def test_what_a_certainty_means_can_be_said(look):
    seen = look("record,statement,certainty\nr1,AF,probable\n", states={"probable": State.PRESENT})
    assert states(seen) == [(AF, State.PRESENT)]


def test_that_a_column_is_no_certainty_can_be_said(look):
    seen = look("record,statement,likelihood\nr1,AF,0\n", {"certainty": "", "state": ""})
    assert states(seen) == [(AF, State.PRESENT)]


def test_a_column_that_denies_is_asked_about_beside_states_too(look):
    assert look("record,statement,state,negated\nr1,AF,present,yes\n").new == ()


PTBXL = "record,scp_codes\nr1,\"{'AFIB': 0.0, 'CLBBB': 100.0}\"\nr2,\"{'AFIB': 50.0}\"\n"


def test_codes_of_ptbxl_are_stated_though_their_likelihood_is_not_known(look):
    assert [(x.record_id, x.code) for x in look(PTBXL).new] == [("r1", AF), ("r1", LBBB)]


def test_a_likelihood_between_is_asked_about(look):
    assert look(PTBXL).states == {"likelihood 50": 1}


def test_a_likelihood_can_be_given_a_meaning(look):
    assert len(look(PTBXL, states={"likelihood 50": State.UNCERTAIN}).new) == 3


def test_how_likelihoods_are_read_is_said(look):
    assert "so is 0, which PTB-XL writes where none is known" in look(PTBXL).sentence


def test_a_column_of_yes_and_no_beside_likelihoods_is_no_state(look):
    seen = look("record,scp_codes,second_opinion\nr1,\"{'AFIB': 0.0}\",False\n")
    assert states(seen) == [(AF, State.PRESENT)]


def test_ones_and_noughts_of_a_dictionary_are_states(look):
    seen = look("record,labels\nr1,\"{''AF'': 1, ''LBBB'': 0}\"\n".replace("''", '""'))
    assert states(seen) == [(AF, State.PRESENT), (LBBB, State.ABSENT)]


def test_a_nought_beside_other_numbers_of_another_column_is_asked_about(look):
    seen = look("record,labels\nr1,\"{'AF': 100, 'LBBB': 0}\"\n")
    assert (states(seen), seen.states) == ([(AF, State.PRESENT)], {"likelihood 0": 1})


def test_codes_with_a_number_that_is_no_likelihood_leave_none_absent(look):
    assert look("record,scp_codes\nr1,\"{'SR': 0.0, 'AFIB': 0.5}\"\n").new == ()


@pytest.mark.parametrize("remark", ["ruled out", "Excluded", "kein AF", "ausgeschlossen"])
def test_a_remark_that_denies_is_said(look, remark):
    seen = look(f"record,diagnosis,remark\nr1,AF,{remark}\nr2,AF,seen twice\n")
    assert [x.record_id for x in seen.new] == ["r2"]
    assert [each.reason for each in seen.unmatched] == [f"another column says {remark!r}"]


@pytest.mark.parametrize("heading", ["excluded", "AF_excluded", "ausgeschlossen"])
def test_a_column_of_what_was_excluded_is_asked_about(look, heading):
    assert look(f"record,statement,state,{heading}\nr1,AF,present,1\n").new == ()


@pytest.mark.parametrize(("word", "state"), [("1,0", "present"), ("0,0", "absent"), ("0,5", "uncertain")])
def test_a_decimal_comma_in_a_state_is_read(look, word, state):
    assert states(look(f"record;statement;state\nr1;AF;{word}\n")) == [(AF, State(state))]


def test_a_doubt_before_a_list_may_be_of_all_of_it(look):
    assert look('record,statement\nr1,"V.a. AF, LBBB"\n').new == ()


def test_a_list_of_python_is_a_list(look):
    assert states(look("record,labels\nr1,\"['AF', 'LBBB']\"\n")) == [(AF, State.PRESENT), (LBBB, State.PRESENT)]


@pytest.mark.parametrize(
    "cell", ["{'AF': __import__('os')}", "{'AF': 1", "{AF: 1}", "{'AF': {'x': 1}}", "{'AF': [1]}", "{'A': 1}x"]
)
def test_what_is_no_plain_dictionary_is_none(cell):
    assert pairs(cell) is None


def test_a_long_cell_takes_no_time():
    assert pairs("{" + "'a': 1, " * 1200 + "'b'") is None


def test_a_cell_that_is_no_list_stays():
    assert bare_list("AF (new), LBBB") == "AF (new), LBBB"
