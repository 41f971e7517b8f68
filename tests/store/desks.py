"""Desks that merge: what readers do at them, and all that follows."""

import numpy as np

from cessl_gui.core.annotations import Annotation
from cessl_gui.core.types import LEADS_12, Caliper, ReadingState, Record, State
from cessl_gui.store.log import counting_as
from cessl_gui.store.log.state import OF_RECORDS
from cessl_gui.store.log.steps import new_step
from cessl_gui.store.project import Project

AF, READERS, RECORDS = "164889003", ("ann", "bob"), ("r1", "r2")
TABLES = ("taken_back", *OF_RECORDS, "model_states", "removed")


def record(number: int) -> Record:
    signal_mv = np.zeros((12, 10), np.float32)
    return Record(f"r{number}", f"ECG {number}", f"/x/{number}.hea", f"{number:064d}", signal_mv, 500.0, LEADS_12)


def merge(source: Project, into: Project):
    """As a bundle or a server does it."""
    here = {one.id: one.number for one in into.known()}
    return into.take(source.known(), list(source.give(here)), list(source.facts()))


def whole(project: Project) -> dict:
    """All that follows from the acts, and the acts."""
    ask = project._database.all
    tables = {table: sorted(map(repr, map(tuple, ask(f"SELECT * FROM {table}")))) for table in TABLES}
    acts = sorted(tuple(row)[1:] for row in ask("SELECT * FROM acts"))
    return {**tables, "acts": acts, "panel": project.settings.panel(), "labels now": project.labels.all_current()}


def act(project: Project, reader: str, what: str, number: int) -> None:
    """Something that a reader does at a desk."""
    name = RECORDS[number % 2]
    step = new_step()
    if not project.records.of_content(name) and what not in ("panel", "count as", "undo", "redo"):
        return
    if what == "label":
        project.labels.set(name, (AF, "local:x")[number % 3 == 0], [*State, None][number % 4], reader, step=step)
    elif what == "confirm":
        project.records.set_reading(name, (*ReadingState,)[number % 5], reader, step=step)
    elif what == "mark":
        project.marks.set(name, {"t_offset": float(number)}, reader, step=step)
    elif what == "caliper":
        caliper = Caliper("a", "II", 0.1, float(number), 0.0, 0.1) if number % 3 else None
        project.calipers.set(name, {"a": caliper}, reader, step=step)
    elif what == "note":
        project.notes.set(name, f"note {number}", reader, step)
    elif what == "decide":
        project.adjudications.set(name, AF, (*State, None)[number % 4], reader, step)
    elif what == "annotate":
        beat = Annotation("a", AF, float(number)) if number % 3 else None
        project.annotations.set(name, {"a": beat}, reader, step=step)
    elif what == "reveal":
        project.records.reveal(name, reader)
    elif what == "panel":
        codes = project.settings.panel()
        project.settings.set("panel", [*codes[number % 2 :], f"local:{number}"], reader, step)
    elif what == "count as":
        one = counting_as.text(*[(AF, "local:x"), ("local:x", AF), ("local:x", "local:y")][number % 3])
        held = project.settings.get(counting_as.SETTING, [])
        now = [*held, one] if one not in held else [other for other in held if other != one]
        project.settings.set(counting_as.SETTING, now, reader, step)
    elif what == "remove":
        project.remove([name], reader, "consent withdrawn")
    else:
        getattr(project.steps, what)(reader)


OFTEN = ("label", "label", "label", "undo", "undo", "redo")
WHAT = (*OFTEN, "confirm", "mark", "caliper", "note", "decide", "annotate", "reveal", "panel", "count as")
