"""Labels of other programs: found by many names, looked at first, and what does not match is said."""

import csv
import json

import numpy as np
import pytest

from cessl_gui.core.errors import NotWritten
from cessl_gui.core.task import Stop, Task
from cessl_gui.core.types import LEADS_12, ReadingState, Record, State
from cessl_gui.store.project import Project
from cessl_gui.tasks.labels.label_columns import Columns, guess
from cessl_gui.tasks.labels.label_import import preview
from cessl_gui.tasks.labels.label_tables import LabelsFileError, read_table
from cessl_gui.tasks.labels.taking_labels import CHUNK, last_taken, take_back, take_in, write_report

AF, PVC, SR = "164889003", "427172004", "426783006"
SILENCE = np.zeros((12, 10), np.float32)


def add(project, record_id, name, source):
    project.records.add(Record(record_id, name, source, record_id * 32, SILENCE, 500.0, LEADS_12))


@pytest.fixture
def ward(project) -> Project:
    """Three ECGs, two of which have one name."""
    add(project, "r1", "100", "/x/100.hea")
    add(project, "r2", "200", "/x/200.hea")
    add(project, "r3", "200", "/y/200.hea")
    return project


@pytest.fixture
def look(ward, tmp_path):
    """Write a file and look at it as the labels of dr test."""

    def looked_at(text: str, columns: Columns | None = None, **more):
        path = tmp_path / "labels.csv"
        path.write_text(text, encoding="utf-8")
        table = read_table(path)
        return preview(ward, table, columns or guess(table), "dr test", **more)

    return looked_at


def test_a_row_per_label_is_read(look):
    (label,) = look("record,code,state\nr1,AF,present\n").new
    assert (label.record_id, label.code, label.state, label.reader) == ("r1", AF, State.PRESENT, "dr test")


def test_empty_columns_at_the_end_of_a_spreadsheet_are_none(look):
    assert len(look("record;code;state;;\nr1;AF;present;;\nr3;AF;absent; ; ;;\n").new) == 2


def test_a_column_per_statement_is_read(look):
    found = look("ecg_id;AFIB;Sinus rhythm\nr1;1;0\n").new
    assert [(label.code, label.state) for label in found] == [(AF, State.PRESENT), (SR, State.ABSENT)]


def test_a_list_of_statements_says_nothing_of_those_it_does_not_name(look):
    found = look("filename,scp_codes\n100.hea,AFIB|PVC\n").new
    assert [(label.code, label.state) for label in found] == [(AF, State.PRESENT), (PVC, State.PRESENT)]


@pytest.mark.parametrize("name", ["r1", "100", "100.hea", "/x/100.hea", "elsewhere/100.hea", r"C:\x\100.hea"])
def test_an_ecg_is_found_by_its_id_its_name_and_its_file(look, name):
    assert [label.record_id for label in look(f"record,code,state\n{name},AF,present\n").new] == ["r1"]


@pytest.mark.parametrize("word", ["", "not assessed", "NaN"])
def test_not_assessed_is_no_label(look, word):
    seen = look(f"record,code,state\nr1,AF,{word}\n")
    assert (seen.new, seen.unmatched) == ((), ())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("r9,AF,present", "no ECG of the project has this name"),
        ("200,AF,present", "several ECGs have this name"),
        ("r1,humbug,present", "the statement humbug is not known"),
        ("r1,- MI,present", "the statement - MI is not known"),
        ("r1,-164865005,present", "the statement -164865005 is not known"),
        ("r1,164865005-,present", "the statement 164865005- is not known"),
        ("r1,AF,perhaps so", "perhaps so is no state"),
    ],
)
def test_what_does_not_match_is_said(look, line, reason):
    assert [each.reason for each in look(f"record,code,state\n{line}\n").unmatched] == [reason]


def test_a_column_whose_name_denies_a_statement_is_none(look):
    assert [label.code for label in look("record,-MI,AF\nr1,1,1\n").new] == [AF]


def test_a_word_of_the_file_can_be_given_a_statement(look):
    seen = look("record,code,state\nr1,Vorhofflimmern,ja\n", words={"vorhofflimmern": AF})
    assert [label.code for label in seen.new] == [AF]


def test_columns_can_be_named(look):
    seen = look("a,b,c\nr1,AF,1\n", Columns("a", "b", "c"))
    assert len(seen.new) == 1


def test_a_file_without_a_column_of_ecgs_is_refused(look):
    with pytest.raises(LabelsFileError, match="names the ECGs"):
        look("colour,state\nred,1\n")


def test_two_lines_that_contradict_each_other_are_both_left_out(look):
    seen = look("record,code,state\nr1,AF,present\nr1,AF,absent\n")
    assert [each.reason for each in seen.unmatched] == ["lines 2, 3 contradict each other"] * 2


def test_two_lines_that_say_the_same_are_one_label(look):
    assert len(look("record,code,state\nr1,AF,present\nr1,AF,yes\n").new) == 1


def test_two_readers_who_differ_are_both_taken(look):
    seen = look("record,code,state,reader\nr1,AF,present,dr a\nr1,AF,absent,dr b\n")
    assert {(label.reader, label.state) for label in seen.new} == {("dr a", State.PRESENT), ("dr b", State.ABSENT)}


@pytest.mark.parametrize(
    ("name", "reader"), [("Dr Test", "dr test"), ("DR  A", "dr a"), ("dr b\t", "dr b"), ("x" * 300, "x" * 100)]
)
def test_a_reader_is_who_has_this_name_here_however_it_is_spelled(look, ward, name, reader):
    ward.labels.set("r2", AF, State.PRESENT, "dr a")
    assert [label.reader for label in look(f"record,code,state,reader\nr1,AF,present,{name}\n").new] == [reader]


def test_the_name_kept_for_files_diagnoses_is_no_reader(look):
    assert look("record,code,state,reader\nr1,AF,present,header\n").new == ()


def test_looking_writes_nothing(look, ward):
    look("record,code,state\nr1,AF,present\n")
    assert ward.labels.history("r1") == []


def test_what_is_taken_in_is_the_readers(look, ward):
    take_in(ward, look("record,code,state,reader\nr1,AF,present,dr a\n"))
    assert ward.labels.of_reader("r1", "dr a").states == {AF: State.PRESENT}


def test_what_is_taken_in_is_known_the_next_time(look, ward):
    take_in(ward, look("record,code,state\nr1,AF,present\n"))
    again = look("record,code,state\nr1,AF,present\n")
    assert (again.new, len(again.same)) == ((), 1)


def test_a_label_that_the_reader_gave_here_is_kept(look, ward):
    ward.labels.set("r1", AF, State.ABSENT, "dr test")
    take_in(ward, look("record,code,state\nr1,AF,present\n"))
    assert ward.labels.of_reader("r1", "dr test").states == {AF: State.ABSENT}


def test_a_label_that_the_reader_gave_here_is_replaced_if_asked_for(look, ward):
    ward.labels.set("r1", AF, State.ABSENT, "dr test")
    take_in(ward, look("record,code,state\nr1,AF,present\n"), replace=True)
    assert ward.labels.of_reader("r1", "dr test").states == {AF: State.PRESENT}


def test_what_was_replaced_stays_in_the_history(look, ward):
    ward.labels.set("r1", AF, State.ABSENT, "dr test")
    take_in(ward, look("record,code,state\nr1,AF,present\n"), replace=True)
    assert [event["state"] for event in ward.labels.history("r1")] == ["absent", "present"]


def test_the_report_has_a_row_for_each_that_did_not_match(look, tmp_path):
    write_report(look("record,code,state\nr9,AF,present\nr1,=humbug(),present\n"), tmp_path / "report.csv")
    with (tmp_path / "report.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["line"], row["statement"]) for row in rows] == [("2", "AF"), ("3", "'=humbug()")]


def test_a_line_with_too_many_cells_is_named(look):
    with pytest.raises(LabelsFileError, match="Line 2"):
        look("record,code,state\nr1,AF,present,and more\n")


def test_json_of_another_program_is_refused(tmp_path):
    (tmp_path / "x.json").write_text(json.dumps({"rows": [1, 2]}))
    with pytest.raises(LabelsFileError, match="not an export"):
        read_table(tmp_path / "x.json")


def test_a_json_file_that_is_cut_is_refused(tmp_path):
    (tmp_path / "x.json").write_text('{"rows": [')
    with pytest.raises(LabelsFileError, match="not whole"):
        read_table(tmp_path / "x.json")


def test_what_was_in_sight_of_an_imported_label_is_not_known(ward, look):
    take_in(ward, look("record,code,state\nr1,AF,present\n"))
    (event,) = ward.labels.history("r1")
    assert (event["prediction_visible"], event["file_visible"]) == (None, None)


@pytest.mark.parametrize("reader", ["dr test", "dr other"])
@pytest.mark.parametrize(
    ("reading", "reason"),
    [
        (ReadingState.CONFIRMED, "the reading is confirmed, and changes only after Reopen"),
        (ReadingState.EXCLUDED, "the ECG is excluded"),
    ],
)
def test_a_closed_reading_takes_no_label_and_says_why(look, ward, reading, reason, reader):
    ward.records.set_reading("r1", reading, "dr test")
    seen = look(f"record,code,state,reader\nr1,AF,present,{reader}\n")
    assert [each.reason for each in seen.unmatched] == [reason]


def test_a_confirmed_reading_is_not_replaced_either(look, ward):
    ward.labels.set("r1", AF, State.ABSENT, "dr test")
    ward.records.set_reading("r1", ReadingState.CONFIRMED, "dr test")
    assert take_in(ward, look("record,code,state\nr1,AF,present\n"), replace=True).count == 0


def test_what_a_confirmed_reading_says_already_is_known(look, ward):
    ward.labels.set("r1", AF, State.PRESENT, "dr test")
    ward.records.set_reading("r1", ReadingState.CONFIRMED, "dr test")
    seen = look("record,code,state\nr1,AF,present\n")
    assert (len(seen.same), seen.unmatched) == (1, ())


def test_a_reopened_reading_takes_labels(look, ward):
    ward.records.set_reading("r1", ReadingState.CONFIRMED, "dr test")
    ward.records.set_reading("r1", ReadingState.IN_PROGRESS, "dr test")
    assert len(look("record,code,state\nr1,AF,present\n").new) == 1


def test_anothers_confirmation_does_not_bind_who_reads_apart(look, ward):
    ward.settings.set("readers apart", ["dr other"])
    ward.records.set_reading("r1", ReadingState.CONFIRMED, "dr test")
    assert len(look("record,code,state,reader\nr1,AF,present,dr other\n").new) == 1


def test_the_own_confirmation_binds_who_reads_apart(look, ward):
    ward.settings.set("readers apart", ["dr other"])
    ward.records.set_reading("r1", ReadingState.CONFIRMED, "dr other")
    ward.records.set_reading("r1", ReadingState.IN_PROGRESS, "dr test")
    seen = look("record,code,state,reader\nr1,AF,present,dr other\n")
    assert (seen.new, len(seen.unmatched)) == ((), 1)


def test_a_report_is_written_over_an_earlier_report_alone(look, tmp_path, ward):
    seen = look("record,code,state\nr9,AF,present\n")
    for place in (tmp_path / "labels.csv", ward.folder / "project.sqlite"):
        with pytest.raises(NotWritten):
            write_report(seen, place)
    assert (tmp_path / "labels.csv").read_text(encoding="utf-8").startswith("record,code")


def test_a_state_of_the_file_can_be_given_a_meaning(look):
    (label,) = look("record,code,state\nr1,AF,perhaps so\n", states={"Perhaps so": State.UNCERTAIN}).new
    assert label.state == State.UNCERTAIN


def test_a_state_of_the_file_can_mean_not_assessed(look):
    assert look("record,code,state\nr1,AF,unread\n", states={"unread": None}).unmatched == ()


def test_words_that_mean_nothing_are_counted(look):
    seen = look("record,code,state\nr1,humbug,present\nr2,humbug,present\nr1,AF,perhaps so\n")
    assert (seen.statements, seen.states) == ({"humbug": 2}, {"perhaps so": 1})


def test_a_column_that_names_no_statement_is_told_of(look):
    assert look("record,AF,age\nr1,1,44\n").statements == {"age": 1}


def test_a_column_can_be_given_a_statement(ward, tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text("record,AF,flimmern2\nr1,1,0\n", encoding="utf-8")
    assert guess(read_table(path), words={"flimmern2": PVC}).statements == {"AF": AF, "flimmern2": PVC}


def test_an_import_is_taken_back_and_what_was_there_holds_again(look, ward):
    ward.labels.set("r1", AF, State.ABSENT, "dr test")
    take_in(ward, look("record,code,state,reader\nr1,AF,present,dr test\nr1,PVC,present,dr b\n"), replace=True)
    done = take_back(ward, "dr test")
    assert (done.count, ward.labels.current("r1")) == (2, {AF: State.ABSENT})


def test_the_import_before_can_be_taken_back_after_the_last(look, ward):
    take_in(ward, look("record,code,state\nr1,AF,present\n"), file="one.csv")
    take_in(ward, look("record,code,state\nr1,PVC,present\n"), file="two.csv")
    take_back(ward, "dr test")
    assert last_taken(ward)["file"] == "one.csv"


def test_what_was_confirmed_since_is_not_taken_back(look, ward):
    take_in(ward, look("record,code,state\nr1,AF,present\n"))
    ward.records.set_reading("r1", ReadingState.CONFIRMED, "dr test")
    assert (take_back(ward, "dr test").left, ward.labels.current("r1")) == (1, {AF: State.PRESENT})


def test_what_was_confirmed_after_the_look_is_not_changed(look, ward):
    seen = look("record,code,state\nr1,AF,present\n")
    ward.records.set_reading("r1", ReadingState.CONFIRMED, "dr test")
    assert (take_in(ward, seen).left, ward.labels.current("r1")) == (1, {})


def test_a_quote_that_is_never_closed_swallows_no_lines(look):
    with pytest.raises(LabelsFileError, match="quotes"):
        look('record,AF\n"r1,1\nr1,1\n')


def test_a_bundle_whose_entries_are_no_list_says_nothing(tmp_path):
    (tmp_path / "odd.json").write_text('{"resourceType": "Bundle", "entry": 3}', "utf-8")
    assert read_table(tmp_path / "odd.json").rows == ()


def test_what_the_reader_has_said_after_the_look_is_not_changed(look, ward):
    seen = look("record,code,state\nr1,AF,present\n")
    ward.labels.set("r1", AF, State.ABSENT, "dr test")
    assert (take_in(ward, seen, replace=True).overtaken, ward.labels.current("r1")) == (1, {AF: State.ABSENT})


def test_an_import_that_is_stopped_can_be_taken_back(look, ward):
    rows = "".join(f"r1,local:{number},present\n" for number in range(CHUNK + 10))
    asked = iter([None, Stop.CANCEL])
    done = take_in(ward, look(f"record,code,state\n{rows}"), task=Task(stop_requested=lambda: next(asked)))
    assert (done.count, done.is_whole, take_back(ward, "dr test").count) == (CHUNK, False, CHUNK)


def test_an_import_is_not_what_undo_takes_back(look, ward):
    take_in(ward, look("record,code,state\nr1,AF,present\n"))
    assert ward.steps.to_undo("dr test") == []


def test_an_import_that_was_taken_back_is_not_what_redo_brings_back(look, ward):
    take_in(ward, look("record,code,state\nr1,AF,present\n"))
    take_back(ward, "dr test")
    assert ward.steps.to_redo("dr test") == []
