"""What is noticed of each block once a model has judged all of them by themselves. Pure.

The second judgement knows where the article lies: which element holds most of what the first took for it, what the
same kind of element held elsewhere on the page, and whether a block stands within the run of accepted ones.
"""

from bisect import bisect, bisect_left
from collections import defaultdict
from typing import Any

from crawler.blocks.features import Weigh, traits_of
from crawler.blocks.tree import Block, BlockTree, sums_of_nodes

_CHANCES = (0.01, 0.03, 0.08, 0.15, 0.3, 0.5, 0.7, 0.85, 0.93, 0.97, 0.99)
_SHARES = (0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98)
# A block counts for an element by how far it is above this chance, up to this size.
_INDIFFERENT, _LARGEST = 0.3, 400
_ACCEPTED = 0.6


def find_container(tree: BlockTree, chances: list[float]) -> int:
    """The index of the element that holds the article: the innermost of those with the largest balance."""
    balance = sums_of_nodes(
        tree,
        (
            (chance - _INDIFFERENT) * min(block.size, _LARGEST)
            for block, chance in zip(tree.blocks, chances, strict=True)
        ),
    )
    return max(range(len(balance)), key=lambda index: (balance[index], index))


def second_evidence(tree: BlockTree, chances: list[float], weigh: Weigh) -> list[Any]:
    """What *weigh* makes of each block of *tree*, in order, given the first judgement's *chances* (0 to 1)."""
    if not tree.blocks:
        return []
    inside = _inside(tree, find_container(tree, chances))
    nodes, kinds = _node_means(tree, chances), _kind_means(tree, chances)
    steps = [_step(chance) for chance in chances]
    around = [-1, -1, *steps, -1, -1]
    accepted = [
        index
        for index, chance in enumerate(chances)
        if chance >= _ACCEPTED and inside[tree.blocks[index].node]
    ]
    mass = sum(block.size * chance for block, chance in zip(tree.blocks, chances, strict=True)) or 1.0
    before = 0.0
    found = []
    for index, (block, chance) in enumerate(zip(tree.blocks, chances, strict=True)):
        tag, size, linked, end = traits_of(block)
        place = (steps[index], inside[block.node])
        holder = block.holder
        kind, inner, outer = (
            _step(_without(mean, block, chance))
            for mean in (kinds[_kind(tree, block)], nodes[holder], nodes[max(tree.nodes[holder].parent, 0)])
        )
        near = (around[index], around[index + 1], around[index + 3], around[index + 4])
        found.append(
            weigh(_self, *place, kind, tag, min(size, 9), linked, end, block.is_label)
            + weigh(_around, *place, *near)
            + weigh(_nodes, *place, tag, inner, outer)
            + weigh(_run, *place, tag, _gap(accepted, index), bisect(_SHARES, before / mass))
        )
        before += block.size * chance
    return found


def _step(chance: float) -> int:
    return -1 if chance < 0 else bisect(_CHANCES, chance)


def _kind(tree: BlockTree, block: Block) -> tuple[str, str, str]:
    holder = tree.nodes[block.holder]
    own = tree.nodes[block.node]
    return block.tag, own.name, holder.name


def _inside(tree: BlockTree, container: int) -> list[bool]:
    inside = [False] * len(tree.nodes)
    inside[container] = True
    for index in range(container + 1, len(tree.nodes)):
        inside[index] = inside[tree.nodes[index].parent]
    return inside


_Mean = tuple[float, float]  # sum of size times chance, sum of sizes


def _node_means(tree: BlockTree, chances: list[float]) -> list[_Mean]:
    sizes = [min(block.size, _LARGEST) for block in tree.blocks]
    sums = sums_of_nodes(tree, (size * chance for size, chance in zip(sizes, chances, strict=True)))
    return list(zip(sums, sums_of_nodes(tree, sizes), strict=True))


def _kind_means(tree: BlockTree, chances: list[float]) -> dict[tuple[str, str, str], _Mean]:
    found: dict[tuple[str, str, str], _Mean] = defaultdict(lambda: (0.0, 0.0))
    for block, chance in zip(tree.blocks, chances, strict=True):
        total, size = found[_kind(tree, block)]
        found[_kind(tree, block)] = (
            total + min(block.size, _LARGEST) * chance,
            size + min(block.size, _LARGEST),
        )
    return found


def _without(mean: _Mean, block: Block, chance: float) -> float:
    """The mean chance of the others in *mean*; -1 if there are none."""
    size = min(block.size, _LARGEST)
    rest = mean[1] - size
    return (mean[0] - size * chance) / rest if rest > 1 else -1.0


def _gap(accepted: list[int], index: int) -> tuple[str, int]:
    """Where *index* stands to the *accepted* blocks: within, before or behind them, and how many blocks away."""
    if not accepted:
        return "none", 0
    if index < accepted[0]:
        return "before", min((accepted[0] - index).bit_length(), 5)
    if index > accepted[-1]:
        return "behind", min((index - accepted[-1]).bit_length(), 5)
    place = bisect_left(accepted, index)
    near = min(abs(accepted[place] - index), abs(index - accepted[place - 1]) if place else 99)
    return "within", min(near.bit_length(), 4)


def _self(
    own: int, inside: bool, kind: int, tag: str, size: int, linked: int, end: int, label: bool
) -> tuple[str, ...]:
    where = _where(inside)
    found = (
        f"own {own}",
        f"own {own} {where}",
        f"own {own} kind {kind}",
        f"own {own} tag {tag} {where}",
        f"own {own} size {size}",
        f"kind {kind}",
        f"kind {kind} {where}",
        f"kind {kind} tag {tag}",
        f"{where} tag {tag}",
        f"{where} tag {tag} size {size}",
        f"{where} size {size}",
        f"{where} linked {linked}",
        f"tag {tag} end {end} {where}",
        f"size {size} end {end} {where}",
        f"tag {tag} linked {linked}",
    )
    return (*found, "label", f"label linked {linked}", f"label {where}") if label else found


def _around(own: int, inside: bool, two_up: int, up: int, down: int, two_down: int) -> tuple[str, ...]:
    return (
        f"-2 {two_up}",
        f"-1 {up}",
        f"+1 {down}",
        f"+2 {two_down}",
        f"own {own} -1 {up}",
        f"own {own} +1 {down}",
        f"{_where(inside)} -1 {up} +1 {down}",
        f"-2 {two_up} -1 {up}",
        f"+1 {down} +2 {two_down}",
    )


def _nodes(own: int, inside: bool, tag: str, holder: int, outer: int) -> tuple[str, ...]:
    return (
        f"holder {holder} {_where(inside)}",
        f"outer {outer} {_where(inside)}",
        f"holder {holder} outer {outer}",
        f"own {own} holder {holder}",
        f"own {own} outer {outer}",
        f"tag {tag} holder {holder}",
    )


def _run(own: int, inside: bool, tag: str, gap: tuple[str, int], before: int) -> tuple[str, ...]:
    where = _where(inside)
    name = f"{gap[0]} {gap[1]}"
    return (
        name,
        f"{name} {where}",
        f"{name} own {own}",
        f"{name} tag {tag}",
        f"mass {before} {where}",
        f"mass {before} own {own}",
        f"{gap[0]} {where} own {own}",
    )


def _where(inside: bool) -> str:
    return "in" if inside else "out"
