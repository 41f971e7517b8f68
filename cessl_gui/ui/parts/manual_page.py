"""A page of the manual. Only files that ship with the program are shown; it opens no other file and no address."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from PySide6.QtCore import QEvent, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QColor, QImage, QImageReader, QTextBlock, QTextCursor, QTextDocument
from PySide6.QtWidgets import QTextBrowser, QWidget

from cessl_gui.core.paths import manual
from cessl_gui.ui.parts.in_turns import InTurns

WIDEST_PICTURE = 680  # px: with the indent of a list it fits into the text
WIDEST_TEXT = 800  # px: longer lines are hard to follow
MARGIN = 24
ROUNDED = 2  # px by which Qt may lay a table out wider than the page


def is_in_table(block: QTextBlock) -> bool:
    return QTextCursor(block).currentTable() is not None


def size_on_screen(path: str, ratio: float) -> QSize:
    """How many points a picture takes: no wider than the text, as sharp as the screen. ratio : device pixels per px"""
    size, widest = QImageReader(path).size(), round(WIDEST_PICTURE * ratio)
    return QSize(widest, round(size.height() * widest / size.width())) if size.width() > widest else size


@lru_cache(maxsize=16)
def manual_picture(path: str, ratio: float) -> QImage:
    """A picture of the manual. This takes 30 ms."""
    mode = Qt.TransformationMode.SmoothTransformation
    picture = QImage(path).scaled(size_on_screen(path, ratio), Qt.AspectRatioMode.IgnoreAspectRatio, mode)
    picture.setDevicePixelRatio(_ratio_of(picture))
    return picture


def _blank(path: str, ratio: float) -> QImage:
    """What stands in a picture's place until it is read."""
    picture = QImage(size_on_screen(path, ratio), QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(Qt.GlobalColor.transparent)
    picture.setDevicePixelRatio(_ratio_of(picture))
    return picture


def _ratio_of(picture: QImage) -> float:
    return max(1.0, picture.width() / WIDEST_PICTURE)


class ManualPage(QTextBrowser):
    """page_wanted(name) : a link to another page of the manual was clicked"""

    page_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("manual_page")
        self.setAccessibleName("Page of the manual")
        self.setOpenLinks(False)
        self._markdown, self._link = "", QColor()
        self._wanted: dict[str, QUrl] = {}  # path of a picture that is not read yet: its name on the page
        self._reading = InTurns(self)
        self.anchorClicked.connect(self._on_link)

    def show_page(self, name: str) -> None:
        """Show a page, as "import.md".

        raises : FileNotFoundError where the program was installed without it
        """
        self.show_text(manual(name).read_text(encoding="utf-8"))

    def show_text(self, markdown: str) -> None:
        """Show words of the program's own."""
        self._markdown, self._link = markdown, self.palette().link().color()
        self._wanted.clear()
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
        """Give paragraphs and headings the room that Qt does not give them, and break long lines."""
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        block = self.document().begin()
        while block.isValid():
            style = block.blockFormat()
            if not is_in_table(block):
                if style.nonBreakableLines():  # of code: a long one goes on below, as other words do
                    style.setNonBreakableLines(False)
                else:
                    style.setTopMargin(16 if style.headingLevel() > 0 else 2)
                    style.setBottomMargin(6)
                cursor.setPosition(block.position())
                cursor.setBlockFormat(style)
            block = block.next()
        cursor.endEditBlock()
        self.document().setModified(False)
        self.verticalScrollBar().setValue(0)
        self._fit_bar()

    def resizeEvent(self, event) -> None:
        self.setViewportMargins(MARGIN, 8, max(MARGIN, self.width() - WIDEST_TEXT - MARGIN), 8)
        super().resizeEvent(event)
        self._fit_bar()

    def _fit_bar(self) -> None:
        """A bar to the side for what is wider than the page: words of wide tables go on below in their cells."""
        is_wider = self.document().size().width() > self.viewport().width() + ROUNDED
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if is_wider else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setHorizontalScrollBarPolicy(policy)

    def loadResource(self, kind: int, name: QUrl):
        """Pictures come from the manual's own folder, by their file name alone."""
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return None
        try:
            path = str(manual(name.fileName()))
        except FileNotFoundError:
            return None
        if not self._wanted:
            self._reading.begin(self._read_pictures())
        self._wanted[path] = name
        return _blank(path, self.devicePixelRatioF())

    def _read_pictures(self) -> Iterator[None]:
        """Put the pictures in their places, one at a time: several would hold the window."""
        while self._wanted:
            path = next(iter(self._wanted))
            name = self._wanted.pop(path)
            picture = manual_picture(path, self.devicePixelRatioF())
            self.document().addResource(QTextDocument.ResourceType.ImageResource.value, name, picture)
            self.viewport().update()
            yield

    def _on_link(self, link: QUrl) -> None:
        name = link.fileName()
        if not link.scheme() and name.endswith(".md"):
            self.page_wanted.emit(name)
        elif not link.scheme() and link.fragment():
            self.scrollToAnchor(link.fragment())
