"""Commands for the shelf of model versions: list, adopt, compare, export, import, and rerun."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cessl_gui.cli.output import FAILED, AddCommand, Meter, open_project, say
from cessl_gui.core.errors import ModelMismatch
from cessl_gui.core.plural import counted
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.task import Task
from cessl_gui.core.training.evidence import Effect, Evidence, Figure, within_a_sentence
from cessl_gui.core.types import ModelInfo

if TYPE_CHECKING:
    from cessl_gui.store.project import Project
    from cessl_gui.tasks.evaluation.versions import Compared


def add_commands(command: AddCommand) -> None:
    sub = command("models", lambda args: args.act(args), "list, adopt, compare, export or import model versions")
    again = command("rerun", rerun, "repeat the training of a version from what was stored, and compare bit for bit")
    again.add_argument("project", type=Path)
    again.add_argument("version", metavar="RUN", help="id or name of a version")
    acts = sub.add_subparsers(metavar="ACT", required=True)

    def act(name: str, run, help_: str, *words: str) -> None:
        one = acts.add_parser(name, help=help_, description=help_)
        one.add_argument("project", type=Path)
        for word in words:
            one.add_argument(word.lower(), metavar=word, type=Path if word in ("OUT", "FILE") else str)
        # Not given here, they keep what was given before the act.
        one.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="one JSON object per line")
        one.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help="show tracebacks")
        one.set_defaults(act=run)

    act("list", list_, "list the versions with date, parent, figures and note, the active one marked")
    act("adopt", adopt, "make a version the active one", "VERSION")
    act("compare", compare, "compare two on the labelled ECGs that neither has learned from", "BEFORE", "AFTER")
    act(
        "export",
        export,
        "write a version as one file, without names, with its evidence",
        "VERSION",
        "OUT",
    )
    act("import", import_, "take in a version from a file; it waits as a candidate", "FILE")


def list_(args: argparse.Namespace) -> int:
    from cessl_gui.tasks.models.model_files import notes
    from cessl_gui.tasks.models.runs import KEPT, last_failed

    with open_project(args.project) as project:
        active, noted = project.models.active(), notes(project)
        for model in project.models.all():
            is_active = active is not None and model.id == active.id
            note = noted.get(model.id, "")
            words = _version_words(model, "active" if is_active else model.status, note)
            say(args, version_row(model) | {"active": is_active, "note": note}, words)
        if failed := last_failed(project):
            row = {"training": failed.started_utc, "status": "failed", "reason": failed.reason}
            say(args, row, f"The training of {failed.started_utc[:16]} UTC failed: {failed.reason} {KEPT}")
    return 0


def _version_words(model: ModelInfo, state: str, note: str) -> str:
    """A version on the shelf: what it is, when and from what it was made, what it showed, what a person noted."""
    lines = [f"{model.id}: {model.name}, {state}: {model.origin}", f"{model.created_utc[:16].replace('T', ' ')} UTC"]
    if model.summary is not None:
        found = model.summary.comparison
        took = f" in {model.summary.seconds:.0f} s" if model.summary.seconds else ""
        parent = f" ({model.summary.parent})" if model.summary.parent else ""
        against = f", against {model.summary.against}{parent}" if model.summary.against else parent
        lines[-1] += f", trained from {model.summary.began_at}{against}{took}"
        if found.macro_auc_before is not None and found.macro_auc_after is not None:
            over = f" over {counted(len(found.macro_over), 'statement')}" if found.macro_over else ""
            change = Figure(found.difference, *found.interval).words()
            lines.append(f"mean AUC{over} {found.macro_auc_before:.2f} to {found.macro_auc_after:.2f}, {change}")
        lines.append(model.verdict)
    if note:
        lines.append(f"note: {' '.join(note.split())}")
    return "\n    ".join(filter(None, lines))


def adopt(args: argparse.Namespace) -> int:
    with open_project(args.project) as project:
        model = find(project, args.version)
        (project.models.activate if model.may_be_active else project.models.adopt)(model.id)
        say(args, version_row(model) | {"active": True}, f"{model.name} is now active.")
    return 0


def compare(args: argparse.Namespace) -> int:
    from cessl_gui.tasks.evaluation import versions

    with open_project(args.project) as project, Meter() as meter:
        before, after = find(project, args.before), find(project, args.after)
        compared = versions.compare(project, after, before, Task(meter))
    say(args, evidence_row(compared), evidence_words(compared.evidence, before.name, after.name))
    return 0


def export(args: argparse.Namespace) -> int:
    from cessl_gui.tasks.models import model_files

    with open_project(args.project) as project:
        model = find(project, args.version)
        note = model_files.notes(project).get(model.id, "")
        out = model_files.export_version(project, model.id, args.out, note=note)
    say(args, {"model": model.id, "out": str(out)}, f"{model.name} written to {out}.")
    return 0


def import_(args: argparse.Namespace) -> int:
    from cessl_gui.tasks.models import model_files

    with open_project(args.project) as project:
        model = model_files.import_version(project, args.file)
    say(args, version_row(model) | {"active": False}, f"{model.name} waits as a candidate.")
    return 0


def rerun(args: argparse.Namespace) -> int:
    from cessl_gui.tasks.evaluation import rerunning

    with open_project(args.project) as project, Meter() as meter:
        result = rerunning.rerun(project, find(project, args.version), Task(meter))
    row = {"model": result.model.id, "same": result.is_same, "differs": result.differs, "changed": result.changed}
    say(args, row, result.words)
    return 0 if result.is_same else FAILED


def find(project: Project, said: str) -> ModelInfo:
    """The version of this id or name. raises : ModelMismatch where there is none, or several"""
    models = project.models.all()
    found = [m for m in models if m.id == said] or [m for m in models if m.name.lower() == said.lower()]
    if len(found) != 1:
        what = "several versions" if found else "no version"
        raise ModelMismatch(f"There are {what} called {said}." if found else f"There is no version called {said}.",
                            "`cessl models list` names them by id.")  # fmt: skip
    return found[0]


def version_row(model: ModelInfo) -> dict:
    summary = model.summary
    made = {} if summary is None else {
        "parent": summary.parent, "method": summary.method, "mode": summary.mode, "why": summary.why,
        "computed": summary.computed, "n_labelled": summary.n_labelled, "n_unlabelled": summary.n_unlabelled,
        "seconds": summary.seconds, "difference": summary.comparison.difference,
        "interval": summary.comparison.interval,
    }  # fmt: skip
    row = {"model": model.id, "name": model.name, "status": model.status, "origin": model.origin}
    return row | {"created_utc": model.created_utc, "backbone": model.backbone, **made, "verdict": model.verdict}


def evidence_row(compared: Compared) -> dict:
    names = _names(compared.evidence)
    return {
        "before": compared.before,
        "after": compared.after,
        "verdict": compared.evidence.verdict(names),
        **compared.evidence.to_json(),
    }


def evidence_words(evidence: Evidence, before: str, after: str) -> str:
    """The verdict, the means and each statement, line by line."""
    names = _names(evidence)
    lines = [f"{after} against {before}: {evidence.verdict(names)}", f"  {evidence.basis(names)}"]
    for key, words in (("auc", "AUC"), ("average_precision", "average precision"), ("f2", "F2")):
        if key in evidence.macro:
            was, now, change = evidence.macro[key]
            over = f"mean over {counted(len(evidence.over), 'statement')}"
            lines.append(f"  {words}, {over}: {was.words('.2f')} to {now.words('.2f')}, {change.words()}")
    lines += [f"  {one.words(vocabulary()[one.code].abbreviation)}" for one in evidence.statements]
    told = any(one.effect in (Effect.BETTER, Effect.WORSE) for one in evidence.statements)
    return "\n".join([*lines, "  Of 20 statements that did not change, one may seem to."] if told else lines)


def _names(evidence: Evidence) -> dict[str, str]:
    return {one.code: within_a_sentence(vocabulary()[one.code].name) for one in evidence.statements}
