"""When work counts as due, a feed as dead, and what the reading of the past may ask of a source. Pure."""

from datetime import timedelta

from storage.records.work import BackfillRules, DueRules

DUE_RULES = DueRules(
    longest_pause=timedelta(days=2),  # but those of `every` and of the longest failures
    dead_after=timedelta(days=3),  # outages of sites are shorter
    dead_failures=3,
    look_patience=timedelta(minutes=10),  # a second look is made with the next crawl
)
BACKFILL_RULES = BackfillRules(
    lists=10_000,  # more are a trap, such as a calendar without an end; one a day makes 27 years
    levels=6,  # real ones have three; an index that names itself anew was followed 1,900 levels deep
    failures=5,  # so many pages of a run that could not be had mean that the site cannot
    pause=timedelta(hours=1),
    tries=10,  # a list that was asked for so often and is still not read may be what ends its crawls
    in_hand=timedelta(minutes=1),
)
