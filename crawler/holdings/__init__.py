"""Work on all that is held: imports, re-matching, feedback, removal."""
