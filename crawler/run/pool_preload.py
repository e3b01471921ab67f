"""What the pool's processes share: imported once by the fork server that they are forked from, by nothing else.

Loading at import is wrong everywhere else. Here it is the only hook that the fork server offers, and it is worth it:
without it each process loads the language model for itself, 0.5 s and 100 MB.
"""

import gc
import os

import crawler.run.pool_work
from crawler.pages.body import load_second_opinion
from crawler.text.language_model import cache_folder, load_model
from crawler.text.languages import hold_model

load_second_opinion()
hold_model(load_model(cache_folder(os.environ)))
# The collector marks what it visits, which would copy the shared pages into each process.
gc.collect()
gc.freeze()
# Reading a page makes ten thousand small objects and hardly a cycle: a collection after each 700 is 6 % of the time.
gc.set_threshold(20_000, 50, 50)

__all__ = ["crawler"]
