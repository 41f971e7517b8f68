"""Commands that train, predict, evaluate and make models."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cessl_gui.cli.output import (
    FAILED,
    NONE_FOUND,
    USAGE,
    AddCommand,
    Meter,
    open_project,
    say,
)
from cessl_gui.core.errors import CesslError, UnreadableRecording
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.task import Task
from cessl_gui.core.training.pace import Pace
from cessl_gui.core.training.results import TrainingSummary
from cessl_gui.core.training.training_job import Mode
from cessl_gui.core.types import ModelInfo, Progress, rests_on
from cessl_gui.store.project import Project

if TYPE_CHECKING:
    from cessl_gui.tasks.evaluation.versions import Compared

MOST_SEED = 2**32 - 1


def add_commands(command: AddCommand) -> None:
    sub = command(
        "train", train, "fine-tune on the project's labels; the result becomes active where it is shown to be better"
    )
    sub.add_argument("project", type=Path)
    sub.add_argument("--seed", type=_seed, default=0, help="of all that is drawn by chance, a whole number; default: 0")
    sub.add_argument("--backbone", metavar="NAME")
    sub.add_argument("--mode", choices=tuple(mode.value for mode in Mode), default=Mode.AUTO.value)
    sub.add_argument(
        "--uncertain", choices=("present", "absent"), help="learn uncertain statements as this; default: not at all"
    )
    choice = sub.add_mutually_exclusive_group()
    choice.add_argument("--adopt", action="store_true", help="make the result the active model, better or not")
    choice.add_argument("--keep-current", action="store_true", help="leave the result as a candidate, better or not")
    sub.add_argument("--evidence", action="store_true", help="say what it shows, statement by statement")
    sub.add_argument(
        "--from",
        dest="start",
        metavar="VERSION",
        help="train from the base model of this version and compare with it; default: the active one",
    )
    sub.add_argument(
        "--reader", default="", help="whose word holds where readers differ; default: such labels stay out"
    )
    sub.add_argument(
        "--sensitivity",
        action="extend",
        nargs="+",
        default=[],
        metavar="STATEMENT=PERCENT",
        help="thresholds that find so many of those who have it, e.g. AF=95; AF=f2 goes back to the best F2; kept in"
        " the project",
    )
    sub = command("predict", predict, "predict a project's records, or files with the base model")
    sub.add_argument("project", type=Path, nargs="?")
    sub.add_argument("--files", type=Path, nargs="+", metavar="PATH")
    sub.add_argument("--per-lead", action="store_true", help="also each lead left out, and each lead alone")
    sub = command("evaluate", evaluate, "compare the active model with given labels")
    sub.add_argument("project", type=Path)
    sub.add_argument("--labels", type=Path, required=True, metavar="FILE.csv", help="columns record, code, state")
    sub.add_argument(
        "--with-training-records",
        action="store_true",
        help="score also the ECGs of patients that the model was trained on; default: leave them out",
    )
    sub = command("pretrain", pretrain, "pre-train a backbone")
    sub.add_argument("config", type=Path, metavar="CONFIG.toml")
    sub = command("import-backbone", import_backbone, "take in a published checkpoint (.pkl state dict)")
    sub.add_argument("file", type=Path)
    sub.add_argument("--name", required=True)


def train(args: argparse.Namespace) -> int:
    from cessl_gui.cli.versions import evidence_row, evidence_words, find
    from cessl_gui.tasks.evaluation import versions
    from cessl_gui.tasks.models import paces, sensitivities, training

    with open_project(args.project) as project:
        wanted = sensitivities.as_written(project, args.sensitivity)
        _see_reader(project, args.reader)
        with Meter() as meter:
            pace = Pace({}, 1, time.monotonic())

            def on_progress(progress: Progress) -> None:
                pace.at(progress, time.monotonic())
                meter(progress)

            model = training.train(
                project,
                Task(on_progress),
                seed=args.seed,
                backbone=args.backbone,
                mode=Mode(args.mode),
                uncertain=args.uncertain,
                sensitivity=wanted,
                start=find(project, args.start).id if args.start else None,
                chosen=args.reader,
            )
        before = project.models.active()
        assert before is not None, "a training gives the project a base model where it has none"
        summary = model.summary or TrainingSummary()
        paces.learn_of(summary, Mode(args.mode), pace.measured(time.monotonic()))
        compared = versions.compare(project, model)
        shown = compared.supports(before)
        adopts = args.adopt or (shown and not args.keep_current)
        if adopts:
            project.models.adopt(model.id)
        row = _model_row(model) | {"status": "active" if adopts else "candidate"}
        row |= {"active": model.id if adopts else before.id, "adoption_is_supported": shown}
        words = [_use(args, model, before, compared)]
        if args.evidence:
            row["evidence"] = evidence_row(compared)
            words += [evidence_words(compared.evidence, summary.compared_with, model.name), f"Adapted: {summary.why}."]
        else:
            words.append(model.verdict)
        say(args, row, "\n".join(words))
        for code, why in summary.skipped.items():
            print(f"not trained: {vocabulary()[code].name}: {why}", file=sys.stderr)
        for name in summary.left_out:
            print(f"left out, as it cannot be read any more: {name}", file=sys.stderr)
        for name, reason in summary.no_ecg.items():
            print(f"left out, as no model can judge it: {name}: {reason}", file=sys.stderr)
    return 0


def _use(args: argparse.Namespace, model: ModelInfo, before: ModelInfo, compared: Compared) -> str:
    """Which version is active after a training, and why, and the command for the other.

    before : the version that was active
    """
    shown, made = compared.supports(before), f"{model.name} ({model.origin})"
    compared_with = model.summary.compared_with if model.summary else "another version"
    if compared.before != before.id:
        found = f"It was compared with {compared_with}, not with {before.name}"
    elif compared.evidence.told_first:
        found = f"{before.name} knows none of the statements that were trained"
    else:
        found = f"{'A' if shown else 'No'} gain of the mean average precision is shown"
    if args.adopt or (shown and not args.keep_current):
        used = f"{made} is now active{', as --adopt says' * args.adopt}. {found}"
        return f"{used}." if shown else f"{used}; `{_adopt(args, before)}` goes back to {before.name}."
    stays = (
        f"{made} waits as a candidate, and {before.name} stays active{', as --keep-current says' * args.keep_current}"
    )
    return f"{stays}. {found}; `{_adopt(args, model)}` makes the candidate active."


def _adopt(args: argparse.Namespace, model: ModelInfo) -> str:
    """The command that makes a version active."""
    return f"cessl models adopt {shlex.quote(str(args.project))} {model.id}"


def _seed(word: str) -> int:
    """raises : ArgumentTypeError for what no generator of random numbers takes"""
    if not word.isdecimal() or int(word) > MOST_SEED:
        raise argparse.ArgumentTypeError(f"{word} is no whole number from 0 to {MOST_SEED}")
    return int(word)


def _see_reader(project: Project, name: str) -> None:
    """raises : CesslError for a reader who has labelled nothing: the name is mistyped, and would settle nothing"""
    readers = project.labels.readers()
    if name and name not in readers:
        raise CesslError(
            f"No reader called {name} has labelled here.", f"Those who have: {', '.join(readers) or 'none'}."
        )


def predict(args: argparse.Namespace) -> int:
    from cessl_gui.tasks.models import predicting

    if (args.project is None) == (args.files is None):
        print("cessl predict: name a project, or --files PATH...", file=sys.stderr)
        return USAGE
    if args.files:
        return _predict_files(args)
    from cessl_gui.tasks.models.modelling import active_model
    from cessl_gui.tasks.recordings.away import Folders

    with open_project(args.project) as project:
        model = active_model(project)
        folders = Folders()
        with Meter() as meter:
            unreadable = predicting.predict_all(project, Task(meter), model, folders=folders)
        names = {info.id: info.name for info in project.records.all()}
        for record_id, reason in project.predictions.refused(model.id).items():
            refusal = {"record": record_id, "name": names[record_id], "model": model.id}
            say(args, refusal | _refused(reason), f"{refusal['name']}: not predicted: {reason}")
        for record_id, prediction in project.predictions.all(model.id).items():
            row: dict[str, Any] = {"record": record_id, "name": names[record_id], "model": model.id}
            row |= {"probabilities": prediction.probabilities, "thresholds": model.thresholds}
            row |= {"leads": prediction.leads, "likeness": prediction.likeness}
            if args.per_lead:
                try:
                    row |= predicting.per_lead_tables(predicting.per_lead(project, record_id, model))
                except UnreadableRecording:
                    unreadable.append(row["name"])
            words = _top(prediction.probabilities, model.thresholds)
            say(args, row, f"{row['name']}: {words}, {prediction.rests_on}")
    for name in unreadable:
        print(f"not predicted, as it cannot be read any more: {name}", file=sys.stderr)
    if folders.away:
        print(f"not predicted: {folders.sentence}", file=sys.stderr)
    return FAILED if unreadable or folders.away else 0


def _predict_files(args: argparse.Namespace) -> int:
    from cessl_gui.learn.network.predict import Predictor
    from cessl_gui.tasks.models import predicting
    from cessl_gui.tasks.models.modelling import load_backbone

    status, ready = None, Predictor(load_backbone())
    for path, record, probabilities, tables, verdict, likeness, error in predicting.predict_files(
        ready, args.files, args.per_lead
    ):
        status = status or 0
        if error:
            status = FAILED
            say(args, {"file": str(path), "error": str(error)}, f"{path}: {error}")
        elif record and verdict:
            row: dict[str, Any] = {
                "record": record.id,
                "name": record.name,
                "file": str(path),
                "model": predicting.FILES_MODEL,
            }
            if verdict.reason:
                say(args, row | _refused(verdict.reason), f"{path}: not predicted: {verdict.reason}")
                continue
            row |= {
                "probabilities": probabilities,
                "thresholds": ready.thresholds,
                "leads": verdict.leads,
                "likeness": likeness,
            }
            row |= tables
            say(args, row, f"{path}: {_top(probabilities, ready.thresholds)}, {rests_on(verdict.leads, likeness)}")
    if status is None:
        raise UnreadableRecording(*NONE_FOUND)
    return status


def evaluate(args: argparse.Namespace) -> int:
    from cessl_gui.tasks.evaluation import evaluating
    from cessl_gui.tasks.evaluation.evaluation_words import evaluation_words

    with open_project(args.project) as project:
        truth = evaluating.read_labels(args.labels, project)
        with Meter() as meter:
            result = evaluating.evaluate(project, truth, Task(meter), with_training_records=args.with_training_records)
    lines = evaluation_words(result, "--with-training-records scores them too")
    say(args, result, "\n".join(lines))
    return 0


def pretrain(args: argparse.Namespace) -> int:
    from cessl_gui.tasks.models import pretraining

    with Meter() as meter:
        path = pretraining.pretrain(args.config, Task(meter))
    say(args, {"backbone": str(path)}, f"Written: {path}")
    return 0


def import_backbone(args: argparse.Namespace) -> int:
    from cessl_gui.learn.network import backbones

    info = backbones.import_checkpoint(args.file, args.name)
    say(args, {"name": info.name, "path": str(info.path), "sha256": info.sha256}, f"{info.name}: {info.path}")
    return 0


def _model_row(model: ModelInfo) -> dict:
    kept = ("n", "n_patients", "macro_auc_before", "macro_auc_after", "difference", "interval", "verdict")
    more = ("mode", "why", "seconds", "steps", "skipped", "labels_from")
    made = model.summary.to_json() if model.summary else {}
    return {
        "model": model.id,
        "name": model.name,
        "origin": model.origin,
        "statements": list(model.statements),
        **{key: made.get(key) for key in (*kept, *more)},
    }


def _top(probabilities: dict[str, float], thresholds: dict[str, float]) -> str:
    """The four highest, each with what may be said of it: "AF 0.95 (likely), STD 0.12 (above threshold), SR 0.04"."""
    from cessl_gui.core.reading.standing import Standing, standing

    words = []
    for code, p in sorted(probabilities.items(), key=lambda item: -item[1])[:4]:
        stands = standing(p, thresholds.get(code))
        words.append(f"{vocabulary()[code].abbreviation} {p:.2f}{f' ({stands})' * (stands != Standing.BELOW)}")
    return ", ".join(words)


def _refused(reason: str) -> dict:
    """Of a recording that is no ECG: why, and nothing that could be taken for a prediction."""
    return {"probabilities": {}, "leads": [], "not_predicted": reason}
