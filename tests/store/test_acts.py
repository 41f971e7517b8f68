"""Labels that are said together are one batch: as many acts as before, in one pass over the chain and the state."""

from sqlite3 import IntegrityError

import pytest

from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import HEADER_READER, State
from cessl_gui.store.care.verify import verify

AF = "164889003"
P, A, U = State.PRESENT, State.ABSENT, State.UNCERTAIN
MANY = [("r1", statement.code, A) for statement in vocabulary().statements[:26]]


def asked(project, labels) -> list[str]:
    """What SQLite is asked while these labels are said, a line per statement and row."""
    lines: list[str] = []
    project._database.connection.set_trace_callback(lines.append)
    project.labels.set_many(labels, "a")
    project._database.connection.set_trace_callback(None)
    return lines


def test_the_end_of_the_chain_is_looked_up_once_for_many_labels(with_record):
    lines = asked(with_record, MANY)
    assert sum("MAX(id) FROM acts" in line for line in lines) == 1
    assert sum("INTO heads" in line for line in lines) == 1
    assert sum(line.startswith("COMMIT") for line in lines) == 1
    assert sum(line.startswith("SAVEPOINT") for line in lines) <= 2


def test_many_labels_are_as_many_acts_in_a_whole_chain(with_record):
    with_record.labels.set_many(MANY, "a")
    with_record.labels.set("r1", AF, P, "b")
    verdict = verify(with_record.folder)
    assert verdict.wrong == []
    assert len(with_record.labels.history("r1")) == len(MANY) + 1
    assert with_record.labels.current("r1") == {code: A for _, code, _ in MANY} | {AF: P}


def test_a_statement_said_twice_at_once_keeps_both_words_in_order(with_record):
    with_record.labels.set_many([("r1", AF, P), ("r1", AF, U)], "a")
    assert [(e["old_state"], e["state"]) for e in with_record.labels.history("r1")] == [(None, P), (P, U)]
    assert with_record.labels.current("r1") == {AF: U}
    assert verify(with_record.folder).wrong == []


def test_what_the_file_says_is_no_word_of_people_before_it(with_record):
    with_record.labels.set_many([("r1", AF, P)], HEADER_READER, kind="header")
    with_record.labels.set_many([("r1", AF, A)], "a")
    assert [(e["reader"], e["old_state"]) for e in with_record.labels.history("r1")] == [
        (HEADER_READER, None),
        ("a", None),
    ]
    assert with_record.labels.header("r1") == {AF: P}


def test_a_batch_that_cannot_be_kept_leaves_nothing(with_record):
    with pytest.raises(IntegrityError, match="FOREIGN KEY"):
        with_record.labels.set_many([("r1", AF, P), ("nobody", AF, P)], "a")
    assert with_record.labels.history("r1") == []
    assert with_record.labels.current("r1") == {}


def test_no_labels_are_no_act(with_record):
    with_record.labels.set_many([], "a")
    assert with_record.labels.history("r1") == []
