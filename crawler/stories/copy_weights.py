"""The weights by which copies are known. Written by benchmarks/fit_copies.py; not to be edited. Pure.

Logistic regression, squares of the weights held down by 0.1, on 6743 pairs of texts:
    dev.jsonl.gz, SHA-256 6efb384f72da4a92a2fbdf5c1518e7c5d598cd3580066e8b8aceb83f022a6054
Five folds, on pairs that the weights had not seen:
    reuters: 228 right, 2 wrong, 7 missed
    syn: 1365 right, 8 wrong, 7 missed
"""

WEIGHTS = {
    "always": -13.561,
    "coverage": 5.409,
    "coverage_above_60": 5.901,
    "coverage_above_80": 3.798,
    "length": 5.485,
    "figures_replaced": -4.788,
    "figures_count": 0.628,
    "names_replaced": 1.39,
    "names_count": -0.22,
    "figures_and_names_replaced": -1.526,
    "holes": 0.942,
    "apart": -0.964,
    "title": 3.145,
    "title_replaced": -4.428,
    "gap": -4.283,
    "same_host": -2.09,
    "own_coverage": 6.078,
    "template": -2.457,
    "short_figures_replaced": -2.423,
    "short_names_replaced": 0.814,
    "short_gap": -1.846,
    "short_holes": -0.686,
    "short_title_replaced": -1.39,
    "swaps_repeated": -1.286,
    "swaps_titled": -2.383,
}
