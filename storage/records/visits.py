"""Visits of readers: up to where a reader has seen what is new. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VisitMark:
    """How far matches had come when a reader looked."""

    match_id: int  # the newest row of matches; 0: there was none
    looked_at: str  # when the program had looked at the press last, ISO 8601; "": never


@dataclass(frozen=True, slots=True)
class ReaderVisit:
    """What is new to a reader."""

    since: VisitMark | None  # how far matches had come at the end of the last visit; None: this is the first
