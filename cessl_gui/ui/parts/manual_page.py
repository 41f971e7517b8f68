"""A page of the manual. Only files that ship with the program are shown; it opens no other file and no address."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QEvent, Qt, QUrl, Signal
from PySide6.QtGui import QColor, QImage, QTextBlock, QTextCursor, QTextDocument
from PySide6.QtWidgets import QTextBrowser, QWidget

from cessl_gui.core.paths import manual

WIDEST_PICTURE = 680  # px: with the indent of a list it fits into the text
WIDEST_TEXT = 800  # px: longer lines are hard to follow
MARGIN = 24


def is_in_table(block: QTextBlock) -> bool:
    return QTextCursor(block).currentTable() is not None


@lru_cache(maxsize=16)
def manual_picture(path: str, ratio: float) -> QImage:
    """A picture of the manual, no wider than the text, as sharp as the screen. ratio : device pixels per px"""
    picture, widest = QImage(path), round(WIDEST_PICTURE * ratio)
    if picture.width() > widest:
        picture = picture.scaledToWidth(widest, Qt.TransformationMode.SmoothTransformation)
    picture.setDevicePixelRatio(max(1.0, picture.width() / WIDEST_PICTURE))
    return picture


class ManualPage(QTextBrowser):
    """page_wanted(name) : a link to another page of the manual was clicked"""

    page_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("manual_page")
        self.setAccessibleName("Page of the manual")
        self.setOpenLinks(False)
        self._markdown, self._link = "", QColor()
        self.anchorClicked.connect(self._on_link)

    def show_page(self, name: str) -> None:
        """Show a page, as "import.md".

        raises : FileNotFoundError where the program was installed without it
        """
        self.show_text(manual(name).read_text(encoding="utf-8"))

    def show_text(self, markdown: str) -> None:
        """Show words of the program's own."""
        self._markdown, self._link = markdown, self.palette().link().color()
        self.setMarkdown(markdown)
        self._set_apart()

    def changeEvent(self, event: QEvent) -> None:
        """In another theme links get its colour, which Qt takes only where it reads the words."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._markdown and self.palette().link().color() != self._link:
            at = self.verticalScrollBar().value()
            self.show_text(self._markdown)
            self.verticalScrollBar().setValue(at)

    def _set_apart(self) -> None:
        """Give paragraphs and headings the room that Qt does not give them."""
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        block = self.document().begin()
        while block.isValid():
            style = block.blockFormat()
            if not is_in_table(block) and not style.nonBreakableLines():
                is_heading = style.headingLevel() > 0
                style.setTopMargin(16 if is_heading else 2)
                style.setBottomMargin(6)
                cursor.setPosition(block.position())
                cursor.setBlockFormat(style)
            block = block.next()
        cursor.endEditBlock()
        self.document().setModified(False)
        self.verticalScrollBar().setValue(0)

    def resizeEvent(self, event) -> None:
        self.setViewportMargins(MARGIN, 8, max(MARGIN, self.width() - WIDEST_TEXT - MARGIN), 8)
        super().resizeEvent(event)

    def loadResource(self, kind: int, name: QUrl):
        """Pictures come from the manual's own folder, by their file name alone."""
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return None
        try:
            return manual_picture(str(manual(name.fileName())), self.devicePixelRatioF())
        except FileNotFoundError:
            return None

    def _on_link(self, link: QUrl) -> None:
        name = link.fileName()
        if not link.scheme() and name.endswith(".md"):
            self.page_wanted.emit(name)
        elif not link.scheme() and link.fragment():
            self.scrollToAnchor(link.fragment())
