"""What the window says of an import that has ended."""

from __future__ import annotations

from cessl_gui.core.plural import counted


def said_of_import(result) -> str:
    """Everything that became of the files, in sentences: what is new, what was there, what is left and why.

    result : tasks.recordings.importing.ImportResult
    """
    parts = [f"Imported {counted(result.added, 'new ECG')}"]
    if result.revised:
        parts.append(f"{result.revised} revised, as the file was corrected")
    if result.known:
        parts.append(f"{result.known} were already there" if result.known > 1 else "1 was already there")
    if result.quarantined:
        parts.append(f"{len(result.quarantined)} could not be read")
    if result.cancelled:
        parts.append("cancelled, the others were not imported")
    sentences = ["; ".join(parts) + "."]
    if result.passed_over:
        sentences.append(f"No recordings: {result.passed_over_words}.")
    return " ".join([*sentences, *result.notes])
