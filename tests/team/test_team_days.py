"""Days of a team: three readers and a lead change the panel, label, undo and withdraw patients between and in syncs."""

import random

import pytest

from cessl_gui.core.task import Task
from cessl_gui.core.types import ReadingState, State
from cessl_gui.store.care.verify import verify
from cessl_gui.store.exchange import union
from cessl_gui.store.log import act_ids, counting_as
from cessl_gui.store.log.steps import new_step
from cessl_gui.tasks.labels.label_columns import guess
from cessl_gui.tasks.labels.label_import import preview
from cessl_gui.tasks.labels.label_tables import read_table
from cessl_gui.tasks.labels.taking_labels import take_in
from cessl_gui.tasks.merging_statements import merge, merges
from cessl_gui.tasks.steps_back import step_back
from cessl_gui.tasks.team.syncing import sync

AF, PVC, SB = "164889003", "427172004", "426177001"
READERS = ("anna", "carl", "dora")
LEAD = "ben"


def whole(project):
    """All that follows from the log and that all desks share."""
    labels = project.labels.of_all_readers()
    settings = project.settings
    return (
        sorted((row["record_id"], row["code"], row["state"], row["reader"], row["at_utc"]) for row in labels),
        project.adjudications.with_source(),
        settings.panel(),
        settings.get("statements", []),
        settings.get(counting_as.SETTING, []),
        sorted((one["code"], str(sorted(one.items()))) for one in settings.wordings()),
        {name: settings.digits(name) for name in (*READERS, LEAD)},
        {info.id: info.reading for info in project.records.all()},
    )


@pytest.fixture
def meet(desk, ward):
    """All sync until each has what the others did."""

    def met(*names):
        for name in (*(names or (*READERS, LEAD)), *(names or (*READERS, LEAD))):
            sync(desk(name), ward(LEAD if name == LEAD else "anna"), Task())

    return met


def sound(desk, *names):
    return [verify(desk(name).folder).wrong for name in names or (*READERS, LEAD)]


def swap(project, reader, at):
    codes = project.settings.panel()
    codes[at], codes[at + 1] = codes[at + 1], codes[at]
    project.settings.set("panel", codes, reader, new_step(), moved=codes[at])


def test_panels_edited_at_two_desks_while_labels_come_are_one_and_each_undo_takes_back_its_own(desk, ward, meet):
    anna, carl = desk("anna"), desk("carl")
    first = anna.settings.panel()
    swap(anna, "anna", 0)
    anna.settings.set("panel", [*anna.settings.panel(), "local:mine"], "anna", new_step())
    carl.labels.set("r0", AF, State.PRESENT, "carl", step=new_step())
    swap(carl, "carl", 4)
    carl.settings.word(AF, "name", "VHF", "carl", new_step())
    meet()
    assert len({str(whole(desk(name))) for name in (*READERS, LEAD)}) == 1
    both = [first[1], first[0], *first[2:4], first[5], first[4], *first[6:], "local:mine"]
    assert anna.settings.panel() == both
    anna.steps.undo("anna")
    anna.steps.undo("anna")
    carl.steps.undo("carl")
    meet()
    assert len({str(whole(desk(name))) for name in (*READERS, LEAD)}) == 1
    assert carl.settings.panel() == [*first[:4], first[5], first[4], *first[6:]]
    assert carl.settings.wordings() == []
    anna.steps.redo("anna")
    meet()
    assert dora_panel(desk) == [first[1], first[0], *first[2:4], first[5], first[4], *first[6:]]
    assert sound(desk) == [[]] * 4


def dora_panel(desk):
    return desk("dora").settings.panel()


def test_a_merge_is_undone_at_another_desk_of_the_same_reader(desk, ward, meet):
    anna = desk("anna")
    anna.labels.set("r0", PVC, State.PRESENT, "anna", step=new_step())
    merge(anna, PVC, AF, "anna")
    meet()
    assert desk("dora").labels.current("r0") == {PVC: State.PRESENT, AF: State.PRESENT}
    desk("dora").labels.set("r1", PVC, State.ABSENT, "dora", step=new_step())
    step_back(desk("carl"), "anna", "undo")  # anna sits there today
    meet()
    assert merges(anna) == []
    assert anna.labels.current("r1") == {PVC: State.ABSENT}
    assert len({str(whole(desk(name))) for name in (*READERS, LEAD)}) == 1
    assert sound(desk) == [[]] * 4


def test_an_import_of_labels_of_others_is_undone_after_it_has_gone_round(desk, ward, meet, tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("record,code,state,reader\nr0,AF,present,dora\nr1,AF,absent,carl\nr2,PVC,present,anna\n")
    table = read_table(path)
    before = whole(desk("anna"))
    take_in(desk("anna"), preview(desk("anna"), table, guess(table), "anna"), reader="anna")
    meet()
    assert desk("dora").readers.labels_of("dora") == {"r0": {AF: State.PRESENT}}
    desk("carl").records.set_reading("r1", ReadingState.CONFIRMED, "carl", step=new_step())
    meet()
    back = step_back(desk("anna"), "anna", "undo")
    assert (back.count, back.left) == (2, 1)
    meet()
    assert len({str(whole(desk(name))) for name in (*READERS, LEAD)}) == 1
    assert desk("dora").labels.current("r0") == {}
    assert desk("carl").labels.current("r1") == {AF: State.ABSENT}
    assert whole(desk("dora"))[2:7] == before[2:7]
    assert sound(desk) == [[]] * 4


def test_a_patient_who_withdraws_while_others_sync_is_gone_everywhere_and_undo_passes_over(
    desk, ward, meet, monkeypatch
):
    anna, ben = desk("anna"), desk(LEAD)
    anna.labels.set("r1", AF, State.PRESENT, "anna", step=new_step())
    meet()
    anna.labels.set("r0", AF, State.PRESENT, "anna", step=new_step())
    sent = union.give

    def withdrawn_meanwhile(database, since):
        yield from sent(database, since)
        monkeypatch.setattr(union, "give", sent)
        desk(LEAD).remove(["r0"], LEAD, "consent withdrawn")
        sync(desk(LEAD), ward(LEAD), Task())

    monkeypatch.setattr(union, "give", withdrawn_meanwhile)
    desk("anna")
    sync(anna, ward("anna"), Task())
    meet(LEAD, "anna", LEAD, "carl", "dora", LEAD)
    for name in (*READERS, LEAD):
        assert desk(name).records.of_content("r0") == ""
        assert "r0" not in {row["record_id"] for row in desk(name).labels.of_all_readers()}
    assert [act.record for act in anna.steps.to_undo("anna")] == ["r1"]
    anna.steps.undo("anna")
    meet()
    assert ben.labels.current("r1") == {}
    assert sound(desk) == [[]] * 4


@pytest.mark.parametrize("seed", range(3))
def test_a_week_of_everything_ends_the_same_at_all_desks(desk, ward, meet, monkeypatch, seed):
    rng = random.Random(seed)
    now = [1_780_000_000_000]
    monkeypatch.setattr(
        act_ids, "now_utc", lambda: f"2026-06-{1 + now[0] // 86_400_000 % 28:02}T10:00:{now[0] % 60:02}.000Z"
    )
    for _ in range(40):
        name = rng.choice((*READERS, LEAD))
        project = desk(name)
        now[0] += rng.choice((1, 5_000, 86_400_000, -86_400_000, -3_600_000))
        deed = rng.choice(("label", "swap", "word", "digits", "undo", "redo", "merge", "add", "sync", "exclude"))
        records = [info.id for info in project.records.all()]
        if deed == "label":
            project.labels.set(
                rng.choice(records), rng.choice((AF, PVC, SB)), rng.choice([*State]), name, step=new_step()
            )
        elif deed == "swap":
            swap(project, name, rng.randrange(len(project.settings.panel()) - 1))
        elif deed == "word":
            project.settings.word(
                rng.choice((AF, PVC)), rng.choice(("name", "group")), f"w{rng.random()}", name, new_step()
            )
        elif deed == "digits":
            project.settings.set_digits([rng.choice((AF, PVC, ""))], project.settings.digits(name), name, new_step())
        elif deed == "merge" and not merges(project):
            merge(project, *rng.sample((AF, PVC), 2), name)
        elif deed == "add":
            own = f"local:{name} {rng.randrange(3)}"
            project.settings.set("panel", [*dict.fromkeys((*project.settings.panel(), own))], name, new_step())
        elif deed == "exclude":
            project.records.set_reading(rng.choice(records), ReadingState.EXCLUDED, name, step=new_step())
        elif deed in ("undo", "redo"):
            step_back(project, name, deed)
        else:
            sync(project, ward(LEAD if name == LEAD else "anna"), Task())
    meet()
    assert len({str(whole(desk(name))) for name in (*READERS, LEAD)}) == 1
    for name in (*READERS, LEAD):
        while desk(name).steps.to_undo(name):
            step_back(desk(name), name, "undo")
    meet()
    assert len({str(whole(desk(name))) for name in (*READERS, LEAD)}) == 1
    assert desk("anna").labels.of_all_readers() == []
    assert desk("anna").settings.panel() == type(desk("anna").settings).panel(desk("fresh").settings)
    assert sound(desk) == [[]] * 4
