"""What the queue of a project is made from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cessl_gui.core.reading.people import first, is_again
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import LEADS_12, ReadingState
from cessl_gui.store.project import Project
from cessl_gui.tasks.consensus import conflicts, consensus
from cessl_gui.tasks.patients import project_groups
from cessl_gui.tasks.worklist.queue import Material

SEED = "queue_seed"  # a setting: who the controls are stays the same for good
REPEAT_AFTER = timedelta(days=1)
OPEN = (ReadingState.NEW, ReadingState.IN_PROGRESS)


def queue_material(project: Project, reader: str) -> Material:
    """Take a snapshot for a reader. Where readers read apart, each has a queue of the own."""
    state = {info.id: info.reading for info in project.records.all()}
    model = project.models.active()
    predictions = project.predictions.all(model.id) if model else {}
    refused = project.predictions.refused(model.id) if model else {}
    by_reader, adjudicated = project.readers.by_reader(), project.adjudications.all_current()
    before = project.readers.confirmed_at(first(reader)) if is_again(reader) else None
    unread = [
        record_id
        for record_id, reading in state.items()
        if reading in OPEN and record_id not in refused and (before is None or _is_due(before.get(record_id)))
    ]
    disagreed: dict[str, list[str]] = {}
    for conflict in conflicts(by_reader, adjudicated):
        if conflict.adjudicated is None:
            disagreed.setdefault(conflict.record_id, []).append(vocabulary()[conflict.code].abbreviation)
    return Material(
        unread=unread if before is None else (),
        groups=project_groups(project),
        panel=project.settings.panel(),
        predictions=predictions,
        thresholds=model.thresholds if model else {},
        header=project.labels.header_all(),
        labels=consensus(by_reader, adjudicated, reader).labels,
        disagreed={record_id: ", ".join(names) for record_id, names in disagreed.items()},
        doubts={i: p.rests_on for i, p in predictions.items() if len(p.leads) < len(LEADS_12)},
        repeatable=() if before is None else sorted(unread, key=lambda record_id: before[record_id]),
    )


def _is_due(confirmed_utc: str | None) -> bool:
    """Whether an ECG was read so long ago that the reader may have forgotten it."""
    if not confirmed_utc:
        return False
    try:
        return datetime.now(UTC) - datetime.fromisoformat(confirmed_utc) >= REPEAT_AFTER
    except (ValueError, TypeError):
        return False
