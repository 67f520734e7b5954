"""Steps put, taken away, moved and shifted in the picture, and written back as pointers."""

from __future__ import annotations

from collections.abc import Sequence

from .tree import Chain, Item, Raw, Tree, chains, exits_of, goes_on, item_of, read, slots, write


def put(steps: Sequence[Raw], slot: str, step: Raw) -> list[Raw]:
    """A new step at a slot; what stood there follows it, below both ways of a branch. KeyError without such a slot."""
    tree = read(steps)
    _put(tree, slot, item_of(step))
    return _joined(tree)


def _joined(tree: Tree) -> list[Raw]:
    """The steps, unless some would be cut off: every way above them would end. KeyError then."""
    written = write(tree)
    if len(read(written).lost) > len(tree.lost):
        raise KeyError
    return written


def _put(tree: Tree, slot: str, item: Item) -> None:
    chain, at = _place(tree, slot)
    if not exits_of(item.raw):
        if at < len(chain.items):
            raise KeyError(slot)
        chain.ends, chain.jump = False, ""
    chain.items.insert(at, item)


def _place(tree: Tree, slot: str) -> tuple[Chain, int]:
    """Which chain the slot is in, and before which of its items."""
    for chain in chains(tree.root):
        if chain.slot == slot:
            return chain, 0
        for at, item in enumerate(chain.items):
            if item.id == slot and goes_on(item):
                return chain, at + 1
    raise KeyError(slot)


def remove(steps: Sequence[Raw], step_id: str, *, keep: str = "") -> list[Raw]:
    """Without this step; of a branch, `keep` says which way stays ("yes" or "no"), otherwise both go."""
    tree = read(steps)
    found = tree.find(step_id)
    if found is None:
        tree.lost = [step for step in tree.lost if step["id"] != step_id]
        return write(tree)
    chain, at = found
    item = chain.items[at]
    kept = next((arm for key, arm in zip(exits_of(item.raw), item.arms, strict=False) if key == keep), None)
    stays = kept.items if kept else []
    if kept and at + 1 == len(chain.items):
        chain.ends, chain.jump = chain.ends or kept.ends, chain.jump or kept.jump
    ends = bool(stays) and not exits_of(stays[-1].raw)
    chain.items[at : at + 1] = stays
    if ends:
        tree.lost += [step for below in chain.items[at + len(stays) :] for step in (one.raw for one in below.walk())]
        del chain.items[at + len(stays) :]
    return write(tree)


def move(steps: Sequence[Raw], step_id: str, slot: str) -> list[Raw]:
    """The step, with both ways of a branch, taken to another slot. KeyError where it cannot stand there."""
    tree = read(steps)
    found = tree.find(step_id)
    if found is None:
        lost = {str(step["id"]): step for step in tree.lost}
        tree.lost = [step for name, step in lost.items() if name != step_id]
        return put(write(tree), slot, lost[step_id])
    chain, at = found
    item = chain.items[at]
    if slot == step_id:
        return write(tree)
    if slot.partition(".")[0] in {one.id for one in item.walk()}:
        raise KeyError(slot)
    del chain.items[at]
    _put(tree, slot, item)
    return _joined(tree)


def shift(steps: Sequence[Raw], step_id: str, by: int) -> list[Raw]:
    """One slot up or down in the order in which the picture is read; where there is no further one, as it was."""
    tree = read(steps)
    found = tree.find(step_id)
    if found is None:
        raise KeyError(step_id)
    chain, at = found
    inside = {one.id for one in chain.items[at].walk()}
    own = chain.slot if at == 0 else chain.items[at - 1].id
    free = [slot for slot in slots(steps) if slot.partition(".")[0] not in inside]
    further = free[free.index(own) + 1 :] if by > 0 else free[: free.index(own)][::-1]
    for slot in further:
        try:
            return move(steps, step_id, slot)
        except KeyError:
            continue
    return list(steps)


def new_id(steps: Sequence[Raw], kind: str) -> str:
    """A name that no step has yet: `wait`, `wait-2`, …"""
    taken = {str(step["id"]) for step in steps}
    return next(name for n in range(1, len(taken) + 3) if (name := kind if n == 1 else f"{kind}-{n}") not in taken)
