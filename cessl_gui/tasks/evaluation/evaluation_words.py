"""What came of comparing a model with labels, in lines for a person."""

from __future__ import annotations

from typing import Any

from cessl_gui.core.statements.vocabulary import vocabulary

SCORE_NAMES = {"auc": "AUC", "average_precision": "AP", "f2": "F2"}


def evaluation_words(result: dict[str, Any], how: str) -> list[str]:
    """Return the result of `evaluating.evaluate` in lines, the first of which says of what it is.

    how : what a person does to score the ECGs of the model's training too
    """
    lines = [f"{result['name']} ({result['origin']}) on {result['n']} ECGs of {result['n_patients']} patients"]
    seen = result["training_records"]
    if seen["n"]:
        whose = f"{seen['n']} ECGs of {seen['n_patients']} patients that it was trained on"
        is_no_measure = f"  with {whose}: no measure of how it does on new patients"
        lines.append(is_no_measure if seen["scored"] else f"  left out: {whose}; {how}")
    if result["no_ecg"]:
        lines.append(f"  left out: {len(result['no_ecg'])} recordings that are no ECG a model can judge")
    over = f"macro over {len(result['macro_over'])} statements"
    for name, row in [(over, result["macro"]), *((c["name"], c) for c in result["classes"].values())]:
        counts = f" ({row['n_present']} present, {row['n_absent']} absent)" if "n_present" in row else ""
        scores = ", ".join(f"{label} {_with_interval(row[key])}" for key, label in SCORE_NAMES.items())
        lines.append(f"  {name}{counts}: {scores}")
    if result["no_model"]:
        names = ", ".join(vocabulary()[code].name for code in result["no_model"])
        lines.append(f"  no model yet, in no score: {names}")
    for name, row in result["compared"].items():
        gain = _with_interval(row["auc_difference"], "+.3f")
        lines.append(f"  {name}: macro AUC {_with_interval(row['auc'])}; the model's is higher by {gain}")
    return lines


def _with_interval(score: dict[str, Any], style: str = ".3f") -> str:
    if score["low"] is None:
        return "no score" if score["value"] is None else f"{score['value']:{style}} (too few for an interval)"
    return f"{score['value']:{style}} [{score['low']:{style}}, {score['high']:{style}}]"
