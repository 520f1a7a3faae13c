"""Chains of redirects resolved. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def resolve(steps: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Where each old id finally leads: (old id, id kept), ordered by old id. Nothing leads to itself; no error.

    `steps` are (old id, id kept) as decided, oldest first. The rules:

    1. Of the steps from one old id the last counts.
    2. Chains are followed to their end: A->B and B->C give A->C and B->C.
    3. Steps that run in a circle contradict one another, and the newest is right: the article that it keeps stays, so
       the older step away from that article is dropped. A->B, then B->A: A stays, B leads to A. A step from an
       article to itself is such a circle, and says that it stays.
    """
    targets: dict[str, str] = {}
    moments: dict[str, int] = {}
    for moment, (old, kept) in enumerate(steps):
        targets[old] = kept
        moments[old] = moment
    final: dict[str, str] = {}
    for start in targets:
        path: list[str] = []
        places: dict[str, int] = {}
        here = start
        while here in targets and here not in final and here not in places:
            places[here] = len(path)
            path.append(here)
            here = targets[here]
        if here in places:
            # The way came back onto itself: what lies between is the circle.
            newest = max(path[places[here] :], key=moments.__getitem__)
            end = targets[newest]
        else:
            end = final.get(here, here)
        for old in path:
            final[old] = end
    return sorted((old, kept) for old, kept in final.items() if old != kept)
