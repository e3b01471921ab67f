"""How far a crawl is, for whoever watches it."""

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Progress:
    """Counts that grow while a crawl runs."""

    feeds: int = 0
    feeds_done: int = 0
    feeds_failed: int = 0
    pages: int = 0
    pages_done: int = 0
    matched: int = 0
    past: int = 0  # pages that wait for a backfill

    def expect_feeds(self, number: int) -> None:
        """*number* more feeds will be polled."""
        self.feeds += number

    def expect_page(self) -> None:
        """One more page will be fetched."""
        self.pages += 1

    def polled(self, *, is_ok: bool) -> None:
        """A feed was polled."""
        self.feeds_done += 1
        self.feeds_failed += not is_ok

    def settled(self, *, matched: bool) -> None:
        """It is decided what became of a page."""
        self.pages_done += 1
        self.matched += matched

    def counts(self) -> dict[str, int]:
        """The counts by name."""
        return asdict(self)
