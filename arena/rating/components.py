"""Who can be compared with whom: components of the graph of battles, and the groups within one.

Not about strengths: only whether a fit can say anything.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from arena.rating.tallies import Tallies

Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class ScoringGroups:
    """A component's models split into groups in which everyone scored against everyone, directly or by a chain.

    `groups` hold slugs in slug order and run from the top down: a later group never scored against an
    earlier one. `main` is the one with most models, then most battles, then first slug. The likelihood
    has a maximum exactly when there is one group (L. R. Ford, 1957).
    """

    groups: tuple[tuple[str, ...], ...]
    main: tuple[str, ...]
    undefeated: tuple[str, ...]
    winless: tuple[str, ...]

    @property
    def outside(self) -> tuple[str, ...]:
        """Every model outside the main group, in slug order."""
        return tuple(sorted(slug for group in self.groups if group != self.main for slug in group))


def connected_components(tallies: Tallies) -> tuple[tuple[str, ...], ...]:
    """Models linked by battles, whoever won: most models first, then most battles, then first slug.

    A model without battles is a component of its own. Slugs within a component ascend.
    """
    met = (tallies.wins + tallies.wins.T + tallies.ties) > 0
    battles = [record.battles for record in tallies.records]
    unseen = np.ones(len(tallies.models), dtype=np.bool_)
    found: list[Places] = []
    while unseen.any():
        member = _reached(met, int(np.argmax(unseen)))
        unseen &= ~member
        found.append(np.flatnonzero(member))
    found.sort(key=lambda places: (-len(places), -sum(battles[i] for i in places), places[0]))
    return tuple(tuple(tallies.models[i] for i in places) for places in found)


def is_connected(met: Mask) -> bool:
    """Whether battles `met` (n × n, symmetric) link every model with every other."""
    return not len(met) or bool(_reached(met, 0).all())


def places_of(tallies: Tallies, models: tuple[str, ...]) -> Places:
    """The positions of slugs in `tallies.models`."""
    place = {slug: index for index, slug in enumerate(tallies.models)}
    return np.array([place[slug] for slug in models], dtype=np.intp)


def is_strongly_connected(tallies: Tallies, models: tuple[str, ...]) -> bool:
    """Whether a chain of points leads from every one of `models` to every other."""
    scored = _scored(tallies, models)
    return not models or bool(_reached(scored, 0).all() and _reached(scored.T, 0).all())


def scoring_groups(tallies: Tallies, models: tuple[str, ...]) -> ScoringGroups:
    """The strongly connected groups of one component `models` (slugs in slug order, at least one)."""
    reach = _closure(_scored(tallies, models))
    mutual = reach & reach.T
    leaders = [i for i in range(len(models)) if int(np.argmax(mutual[i])) == i]
    # who is above reaches everyone that whoever is below reaches, and more
    leaders.sort(key=lambda i: (-int(reach[i].sum()), i))
    records = dict(zip(tallies.models, tallies.records, strict=True))
    battles = [records[model].battles for model in models]
    main = min(leaders, key=lambda i: (-int(mutual[i].sum()), -sum(np.compress(mutual[i], battles)), i))
    others = [i for i in leaders if i != main]
    return ScoringGroups(
        groups=tuple(_slugs(models, mutual[i]) for i in leaders),
        main=_slugs(models, mutual[main]),
        undefeated=_union(models, [mutual[i] for i in others if (reach[:, i] == mutual[i]).all()]),
        winless=_union(models, [mutual[i] for i in others if (reach[i] == mutual[i]).all()]),
    )


def _scored(tallies: Tallies, models: tuple[str, ...]) -> Mask:
    places = places_of(tallies, models)
    scored: Mask = tallies.scores[np.ix_(places, places)] > 0
    return scored


def _reached(edges: Mask, start: int) -> Mask:
    seen = np.zeros(len(edges), dtype=np.bool_)
    seen[start] = True
    frontier = seen
    while frontier.any():
        frontier = edges[frontier].any(axis=0) & ~seen
        seen = seen | frontier
    return seen


def _closure(edges: Mask) -> Mask:
    """Everything reachable by any number of steps, none included: the relation squared until it stands still."""
    reach = edges | np.eye(len(edges), dtype=np.bool_)
    while True:
        # float32 goes through BLAS, a boolean product does not
        further: Mask = reach.astype(np.float32) @ reach.astype(np.float32) > 0
        if (further == reach).all():
            return reach
        reach = further


def _slugs(models: tuple[str, ...], member: Mask) -> tuple[str, ...]:
    return tuple(models[i] for i in np.flatnonzero(member))


def _union(models: tuple[str, ...], members: list[Mask]) -> tuple[str, ...]:
    return _slugs(models, np.any(members, axis=0)) if members else ()
