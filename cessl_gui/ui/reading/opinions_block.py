"""You, model, file: three lines above the statements of a confirmed record, and where they agree or differ."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from cessl_gui.core.reading.opinions import Opinions, in_words
from cessl_gui.core.reading.standing import figure
from cessl_gui.core.statements.vocabulary import Vocabulary
from cessl_gui.ui.parts import theme as dressing
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.tokens import Theme
from cessl_gui.ui.parts.widgets import named

PARTIES = ("You", "Model", "File")
LINES = 5  # kept free also where fewer are said: the statements below stand at one place for every record


class OpinionsBlock(QWidget):
    """Shows what each party says in a few words."""

    def __init__(self) -> None:
        super().__init__()
        self.parties = {party: PlainLabel(party) for party in PARTIES}
        self.said = {party: named(PlainLabel(wordWrap=True), f"said_by_{party.lower()}", party) for party in PARTIES}
        self.agreed = named(PlainLabel(wordWrap=True), "agreed", "Where all agree")
        self.differ = named(PlainLabel(wordWrap=True), "differ", "Where they differ")
        self.said["You"].setFont(dressing.font(tokens.STRONG))
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 4, 12, 8)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.setColumnMinimumWidth(0, 36)
        grid.setRowStretch(5, 1)
        self.setMinimumHeight(12 + LINES * (tokens.BODY.line_px + 2))
        grid.setColumnStretch(1, 1)
        for row, party in enumerate(PARTIES):
            grid.addWidget(self.parties[party], row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(self.said[party], row, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.agreed, 3, 0, 1, 2)
        grid.addWidget(self.differ, 4, 0, 1, 2)

    def show_opinions(self, opinions: Opinions, vocabulary: Vocabulary, file_words: tuple[str, ...]) -> None:
        """file_words : what the electrocardiograph wrote"""
        said = in_words(opinions, vocabulary, file_words)
        if not opinions.you:  # the reading is still open
            del said["You"]
        self._show({party: said.get(party, "") for party in PARTIES})
        short = {code: vocabulary[code].abbreviation for code in (*opinions.you, *opinions.in_file)}
        agreed = ", ".join(short[code] for code in opinions.agreed)
        self._show_line(self.agreed, f"✓ {agreed}: all agree" if agreed else "")
        of = opinions.probabilities or {}
        differ = [f"{short[code]}: model {figure(of[code])}" for code in opinions.model_differs]
        differ += [f"{short[code]}: not as in the file" for code in opinions.file_differs]
        self._show_line(self.differ, f"≠ {' · '.join(differ)}" if differ else "")

    def _show(self, said: dict[str, str]) -> None:
        for party, text in said.items():
            self.said[party].setText(text)
            self.said[party].setAccessibleName(f"{party}: {text}")
            for label in (self.parties[party], self.said[party]):
                label.setVisible(bool(text))

    def _show_line(self, label: PlainLabel, text: str) -> None:
        label.setText(text)
        label.setAccessibleName(text)
        label.setVisible(bool(text))

    def set_theme(self, theme: Theme) -> None:
        for label in self.parties.values():
            label.setStyleSheet(f"color: {theme.muted};")
        self.agreed.setStyleSheet(f"color: {theme.accent};")
        self.differ.setStyleSheet(f"color: {theme.warning};")
