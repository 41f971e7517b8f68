"""The panel of a project: order, keys and words are its choice; codes and labels stay."""

import json

import pytest

from cessl_gui.bridge.reader import panel
from cessl_gui.core.errors import CesslError
from cessl_gui.core.types import State
from tests.bridge.conftest import AF, PVC

SR, SB = "426783006", "426177001"


def codes(session):
    return [statement.code for statement in session.panel()]


def test_a_statement_moves_within_its_group(session):
    panel.move(session, SB, -1)
    assert codes(session)[:2] == [SB, SR]
    panel.move(session, SB, -1)
    assert codes(session)[:2] == [SB, SR]


def test_the_first_nine_have_keys_until_the_project_chooses(session):
    assert list(panel.digits(session)) == codes(session)[:9]
    panel.set_digit(session, 3, AF)
    assert panel.digits(session)[2] == AF
    assert panel.digits(session).count(AF) == 1


def test_a_key_of_a_statement_that_left_the_panel_is_free(session):
    panel.set_digit(session, 1, AF)
    panel.remove(session, AF)
    assert panel.digits(session)[0] == ""


def test_a_statement_gets_another_name_and_keeps_its_code_and_labels(session):
    session.set_label("r0", AF, State.PRESENT)
    panel.word(session, AF, name="VHF", group="other", typed=("Flimmern",))
    worded = session.vocabulary()[AF]
    assert (worded.name, worded.group, worded.code) == ("VHF", "other", AF)
    assert codes(session)[-1] == AF
    assert session.labels("r0") == {AF: State.PRESENT}


@pytest.mark.parametrize("typed", ["VHF", "Atrial fibrillation", "Flimmern", "AF"])
def test_a_renamed_statement_is_found_by_its_old_and_its_new_words(session, typed):
    panel.word(session, AF, name="VHF", typed=("Flimmern",))
    assert session.vocabulary().search(typed)[0].code == AF


def test_an_emptied_name_is_the_shipped_one_again(session):
    panel.word(session, AF, name="VHF")
    panel.word(session, AF, name="")
    assert session.vocabulary()[AF].name == "Atrial fibrillation"
    assert panel.wordings(session) == ()


def test_words_that_no_statement_has_join_the_panel(session):
    panel.add_own(session, "Ganong pattern")
    assert session.panel()[-1].name == "Ganong pattern"
    panel.add_own(session, "ganong pattern")
    assert codes(session).count("local:Ganong pattern") == 1


def test_a_panel_goes_to_another_project_as_a_file(session, tmp_path):
    panel.add_own(session, "Ganong pattern")
    panel.move(session, SB, -1)
    panel.set_digit(session, 5, PVC)
    panel.word(session, PVC, name="Extrasystole", typed=("VES",))
    kept = codes(session), panel.digits(session), panel.wordings(session)
    panel.save_panel(session, tmp_path / "ward.panel.json")
    for key in ("panel", "statements"):
        session.set_setting(key, [AF][: key == "panel"])
    panel.set_digit(session, 1, AF)
    panel.word(session, PVC, name="", typed=())
    panel.load_panel(session, tmp_path / "ward.panel.json")
    assert (codes(session), panel.digits(session), panel.wordings(session)) == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "[" * 100_000,
        json.dumps({"format": "something else", "panel": [AF]}),
        json.dumps({"format": panel.FORMAT, "panel": []}),
        json.dumps({"format": panel.FORMAT, "panel": [7, None, "<b>", "local:", "local:a|b", "DROP TABLE"]}),
        "x" * (panel.LARGEST_BYTES + 1),
    ],
    ids=["empty", "list", "cut", "deep", "format", "nothing", "no codes", "large"],
)
def test_a_file_that_is_no_panel_changes_nothing(session, tmp_path, text):
    before = codes(session)
    (tmp_path / "odd.json").write_text(text)
    with pytest.raises(CesslError) as said:
        panel.load_panel(session, tmp_path / "odd.json")
    assert said.value.todo == "Choose a file that was saved as a panel."
    assert codes(session) == before


def test_what_is_no_wording_is_passed_over(session):
    session.set_setting("wordings", [7, {"code": AF, "name": 3, "group": [], "typed": "x"}, {"code": "<b>"}])
    assert session.vocabulary()[AF].name == "Atrial fibrillation"
