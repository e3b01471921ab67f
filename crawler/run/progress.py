"""How far a crawl is, for whoever watches it."""

from dataclasses import replace

from crawler.run.messages import CrawlProgress


class Progress:
    """Counts that grow while a crawl runs."""

    def __init__(self) -> None:
        self.counts = CrawlProgress()

    def expect_feeds(self, number: int) -> None:
        """*number* more feeds will be polled."""
        self.counts = replace(self.counts, feeds=self.counts.feeds + number)

    def expect_page(self) -> None:
        """One more page will be fetched."""
        self.counts = replace(self.counts, pages=self.counts.pages + 1)

    def expect_past(self, number: int) -> None:
        """*number* pages wait for a backfill."""
        self.counts = replace(self.counts, past=number)

    def polled(self, *, is_ok: bool) -> None:
        """A feed was polled."""
        counts = self.counts
        self.counts = replace(
            counts, feeds_done=counts.feeds_done + 1, feeds_failed=counts.feeds_failed + (not is_ok)
        )

    def settled(self, *, matched: bool) -> None:
        """It is decided what became of a page."""
        counts = self.counts
        self.counts = replace(counts, pages_done=counts.pages_done + 1, matched=counts.matched + matched)
