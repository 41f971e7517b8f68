"""Adopted models and signals go to a team's server and come from there, where a person has chosen so.

The hash of a model's file is an act of the log, signed like any other: what the server gives must be that file. Of a
signal the catalogue says what its values add up to.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from cessl_gui.core.errors import CesslError, NotWritten, UnreadableRecording
from cessl_gui.core.files import why
from cessl_gui.core.plural import counted
from cessl_gui.core.task import Task
from cessl_gui.core.types import ModelStatus
from cessl_gui.store.exchange import signal_file
from cessl_gui.store.exchange.team_files import MODEL, MOST_BYTES, SIGNAL, TeamFile, TeamFiles, Unlike
from cessl_gui.store.project import Project
from cessl_gui.tasks.models.model_files import export_version, import_version
from cessl_gui.tasks.recordings.importing import read_waveform
from cessl_gui.tasks.team.syncing import Also, Exchanged

CHOICE = "team sends"  # a setting: which of KINDS go to the team and come from it
KINDS = (MODEL, SIGNAL)
AT_ONCE = 500  # recordings that the server is asked about in one go


def chosen(project: Project) -> tuple[str, ...]:
    """Which kinds of files this desk exchanges with its team; none until somebody chooses so."""
    kept = project.settings.get(CHOICE, [])
    return tuple(kind for kind in KINDS if isinstance(kept, list) and kind in kept)


def choose(project: Project, kinds: Collection[str]) -> None:
    """Keep that choice, for this desk alone. raises : ProjectError"""
    if set(kinds) != set(chosen(project)):
        project.settings.set(CHOICE, [kind for kind in KINDS if kind in kinds])


def of(kinds: Collection[str]) -> Also:
    """What a sync exchanges too: files of these kinds, as far as they are not there already.

    It raises TeamError, ProjectError, NotWritten for a full disk, Cancelled; what was exchanged by then stays.
    """
    return lambda project, server, task: _exchange(project, TeamFiles(server), kinds, task)


def _exchange(project: Project, files: TeamFiles, kinds: Collection[str], task: Task) -> Exchanged:
    done = Exchanged()
    if MODEL in kinds:
        _fetch_models(project, files, task, done)
        _send_models(project, files, task, done)
    if SIGNAL in kinds:
        _fetch_signals(project, files, task, done)
        _send_signals(project, files, task, done)
    return done


# --- models ----------------------------------------------------------------------------------------------------------


def _send_models(project: Project, files: TeamFiles, task: Task, done: Exchanged) -> None:
    own = [model for model in project.models.all() if model.status == ModelStatus.ADOPTED]
    named, there = project.models.files_named(), {file.digest for file in files.whole(MODEL, [m.id for m in own])}
    for model in own:
        task.check()
        if named.get(model.id, set()) & there:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            path = export_version(project, model.id, Path(scratch) / "version.zip")
            file = TeamFile(_digest(path), MODEL, model.id, path.stat().st_size)
            if file.size > MOST_BYTES:
                done.notes.append(f"{model.name} is too large to be sent.")
                continue
            with path.open("rb") as content:
                files.put(file, content, _tells(task, f"Sending {model.name}", file.size))
        if file.digest not in named.get(model.id, set()):
            project.models.name_file(model.id, file.digest)
        done.sent += 1


def _fetch_models(project: Project, files: TeamFiles, task: Task, done: Exchanged) -> None:
    here, named = {model.id for model in project.models.all()}, project.models.files_named()
    lacking = [model_id for model_id in named if model_id not in here]
    for file in files.whole(MODEL, lacking):
        if file.digest not in named.get(file.of, set()) or file.of in here:
            continue
        with _fetched(project, files, file, task, done) as path:
            if path is None:
                continue
            try:
                model = import_version(project, path, file.of)
            except CesslError as error:
                done.notes.append(f"A model of the team was left out: {error.what}")
                continue
        here.add(model.id)
        done.models += 1


# --- signals ---------------------------------------------------------------------------------------------------------


def _send_signals(project: Project, files: TeamFiles, task: Task, done: Exchanged) -> None:
    own = list(project.elsewhere.own().items())
    steps, too_long = task.steps("Sending signals", len(own)), 0
    sent = set[str]()
    for begin in range(0, len(own), AT_ONCE):
        some = own[begin : begin + AT_ONCE]
        there = {file.of for file in files.whole(SIGNAL, [content for content, _ in some])}
        sent |= {record_id for content, record_id in some if content in there}
        for count, (content, record_id) in enumerate(some, begin + 1):
            task.check()
            if record_id not in sent:
                sent.add(record_id)
                size = _send_signal(project, files, record_id, content, task)
                done.sent += 0 < size <= MOST_BYTES
                too_long += size > MOST_BYTES
            steps.done(count)
    if too_long:
        done.notes.append(f"{counted(too_long, 'signal')} above {MOST_BYTES >> 20} MB stayed here.")


def _send_signal(project: Project, files: TeamFiles, record_id: str, of_content: str, task: Task) -> int:
    """Returns how many bytes it is; 0 where it cannot be read."""
    info = project.records.get(record_id)
    raw = 4 * info.samples * len(info.leads)
    if raw > MOST_BYTES:
        return raw
    try:
        record = read_waveform(project, record_id)
    except UnreadableRecording:
        return 0
    with tempfile.TemporaryFile() as content:
        signal_file.write(content, record)
        size = content.tell()
        content.seek(0)
        file = TeamFile(hashlib.file_digest(content, "sha256").hexdigest(), SIGNAL, of_content, size)
        if size <= MOST_BYTES:
            files.put(file, content, lambda count: task.check())
    return size


def _fetch_signals(project: Project, files: TeamFiles, task: Task, done: Exchanged) -> None:
    known = project.elsewhere.contents().items()
    of = {content: record_id for content, record_id in known if not project.waveforms.path(record_id).is_file()}
    contents, unlike = list(of), 0
    steps = task.steps("Receiving signals", len(contents))
    for begin in range(0, len(contents), AT_ONCE):
        for file in files.whole(SIGNAL, contents[begin : begin + AT_ONCE]):
            record_id = of.get(file.of, "")
            if not record_id or project.waveforms.path(record_id).is_file():
                continue
            with _fetched(project, files, file, task, done) as path:
                if path is None:
                    continue
                came = _take_signal(project, record_id, path)
                done.signals += came
                unlike += not came
        steps.done(min(begin + AT_ONCE, len(contents)))
    if unlike:
        words = "a signal is" if unlike == 1 else f"{unlike} signals are"
        done.notes.append(f"On the server {words} not what the catalogue says; left out.")


def _take_signal(project: Project, record_id: str, path: Path) -> bool:
    """False where it is not the one that the catalogue describes. raises : ProjectError for a full disk"""
    try:
        record = signal_file.read(path, project.records.get(record_id), project.elsewhere.digests(record_id))
    except signal_file.UNFIT:
        return False
    project.waveforms.write(record, record_id)
    return True


# ---------------------------------------------------------------------------------------------------------------------


@contextmanager
def _fetched(project: Project, files: TeamFiles, file: TeamFile, task: Task, done: Exchanged) -> Iterator[Path | None]:
    """A file of the server, here until the block ends; None where the server gives another one, which is noted."""
    what = f"a {file.kind}"
    try:
        with project.elsewhere.receiving(file.digest) as path:
            try:
                files.fetch(file, path, _tells(task, f"Receiving {what}", file.size))
            except Unlike:
                done.notes.append(f"The server gave {what} that is not as it was sent; left out.")
                yield None
                return
            yield path
            path.unlink(missing_ok=True)
    except OSError as error:
        raise NotWritten(
            f"{what.capitalize()} of the team could not be kept ({why(error)}).",
            "Free some space, then sync again; what has come stays.",
        ) from error


def _tells(task: Task, phase: str, size: int):
    def tell(count: int) -> None:
        task.check()
        task.report(phase, count / max(size, 1))

    return tell


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
