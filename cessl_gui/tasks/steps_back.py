"""Steps that are undone and redone behind the window: of several ECGs, of an import, of merged statements."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from cessl_gui.core.plural import counted
from cessl_gui.core.task import NOBODY_WAITS, Task
from cessl_gui.core.types import ReadingState
from cessl_gui.store.log.acts import Act
from cessl_gui.store.log.steps import new_step
from cessl_gui.store.project import Project
from cessl_gui.store.tables.readers import APART

CLOSED = (ReadingState.CONFIRMED, ReadingState.EXCLUDED)
TOGETHER, BROUGHT_TOGETHER = 20, 50  # acts in one transaction, for which who labels meanwhile waits: some 50 ms
LEFT = "left at undo"  # a setting: import -> (record, reader) of labels that its undo left, as readings were closed
REMEMBERED, NAMED = 1000, 5  # of them; of the records in a sentence

Pairs = Sequence[tuple[Act, Act]]  # acts that are taken back, each with the act that this concerns


@dataclass
class Back:
    """What came of it.

    records : ids of the records concerned, without those of an import; count : acts of an import
    left    : labels of an import whose readings have been closed in the meantime: they stay as they are
    closed  : import -> (record id, reader) of these
    """

    records: dict[str, None] = field(default_factory=dict)
    count: int = 0
    left: int = 0
    closed: dict[str, dict[tuple[str, str], None]] = field(default_factory=dict)

    def left_words(self, project: Project, way: str) -> str:
        """What was left, of which ECGs, and how to undo it too, with a space before it; "" where nothing was."""
        if not self.left:
            return ""
        ids = [*dict.fromkeys(record_id for pairs in self.closed.values() for record_id, _ in pairs)]
        names = ", ".join(project.records.get(record_id).name for record_id in ids[:NAMED])
        more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
        how = " Reopen or include these, then undo the import once more under File > Import labels." * (way == "undo")
        return f" {counted(self.left, 'label')} of confirmed or excluded readings left as they are: {names}{more}.{how}"


def step_back(project: Project, reader: str, way: str, task: Task = NOBODY_WAITS) -> Back:
    """Undo or redo (`way`) the latest step of a reader, some acts in each transaction.

    An import holds as long as anything that it brought may hold, so that undo finds it wherever this breaks off.

    raises : Cancelled, ProjectError; what was done by then stays so, and the next undo (or redo) takes the rest; of an
             import that was brought back in part, undo takes all, and redo after it brings all
    """
    project.records.check_writable()
    pairs, back = project.steps.pairs(reader, way), Back()
    brought = project.steps.brought(pairs, way)
    if way == "undo":
        take_brought(project, brought, reader, way, back, task=task)
    _take(project, pairs, reader, way, back, task=task)
    if way == "redo":
        take_brought(project, brought, reader, way, back, task=task)
    return back


def _take(project: Project, pairs: Pairs, reader: str, way: str, back: Back, *, task: Task) -> None:
    step = new_step()
    steps = task.steps("Undoing" if way == "undo" else "Redoing", len(pairs))
    done = 0
    for end in range(len(pairs), 0, -TOGETHER):  # from the last one on, as undo does
        task.check()
        part = pairs[max(0, end - TOGETHER) : end]
        with project.atomic():
            project.steps.take(part, reader, way, step)
        records = (project.records.of_content(act.record) for _, act in part if act.record)
        back.records |= dict.fromkeys(filter(None, records))
        done += len(part)
        steps.done(done)
        time.sleep(0.001)  # whoever waits to write has a turn


def take_brought(project: Project, pairs: Pairs, reader: str, way: str, back: Back, *, task: Task) -> None:
    """Take back, or bring back, what an import brought. Labels of readings that are closed by now are left.

    What an undo has left is remembered, see `may_be_undone_now`.

    raises : as step_back
    """
    steps, step = task.steps("Taking back" if way == "undo" else "Taking in", len(pairs)), uuid.uuid4().hex
    for begin in range(0, len(pairs), BROUGHT_TOGETHER):
        task.check()
        part = pairs[begin : begin + BROUGHT_TOGETHER]
        with project.atomic():
            ids = [project.records.of_content(act.record) if act.kind == "label" else "" for _, act in part]
            closed = [bool(i) and _is_closed(project, i, act.reader) for i, (_, act) in zip(ids, part, strict=True)]
            open_ones = [pair for pair, is_closed in zip(part, closed, strict=True) if not is_closed]
            project.steps.take(open_ones, reader, way, step)
        for record_id, (_, act), is_closed in zip(ids, part, closed, strict=True):
            if is_closed:
                back.closed.setdefault(act.step, {})[record_id, act.reader] = None
        back.count, back.left = back.count + len(open_ones), back.left + len(part) - len(open_ones)
        steps.done(begin + len(part))
        time.sleep(0.001)
    _remember(project, {act.step for _, act in pairs}, back.closed if way == "undo" else {})


def may_be_undone_now(project: Project, name: str) -> bool:
    """Whether an import that was undone has left labels whose readings are open again."""
    left = project.settings.get(LEFT, {}).get(name, [])
    return any(not _is_closed(project, record_id, reader) for record_id, reader in left)


def forget_left(project: Project, name: str) -> None:
    """An import is undone once more: what it leaves now is another question."""
    _remember(project, {name}, {})


def _remember(project: Project, names: Collection[str], closed: Mapping[str, Iterable[tuple[str, str]]]) -> None:
    before = project.settings.get(LEFT, {})
    left = {name: pairs for name, pairs in before.items() if name not in names}
    left |= {name: [[*pair] for pair in islice(pairs, REMEMBERED)] for name, pairs in closed.items()}
    if left != before:
        project.settings.set(LEFT, left)


def _is_closed(project: Project, record_id: str, reader: str) -> bool:
    """Whether labels of a reader are part of a closed reading: the one that is shown, or the reader's own.

    Others' confirmations do not bind who reads apart from them.
    """
    state = project.records.standing(record_id)[0]
    is_apart = state == ReadingState.CONFIRMED and reader in project.settings.get(APART, [])
    return (state in CLOSED and not is_apart) or project.readers.reading_of(record_id, reader) in CLOSED
