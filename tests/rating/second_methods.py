"""Davidson, Elo and TrueSkill once more, by other roads, sharing nothing with the code under test but its input."""

from __future__ import annotations

import numpy as np

Array = np.ndarray
Row = tuple[str, str, int, int, int, int]


def davidson_of(rows: list[Row], models: list[str], prior: float = 1.0) -> tuple[Array, float]:
    """D. R. Hunter's MM algorithm (2004) for Davidson's model, the prior as games against a strength of 1."""
    wins, ties = np.zeros((len(models), len(models))), np.zeros((len(models), len(models)))
    for left, right, won, lost, tie, both_bad in rows:
        i, j = models.index(left), models.index(right)
        wins[i, j] += won
        wins[j, i] += lost
        ties[i, j] += tie + both_bad
        ties[j, i] += tie + both_bad
    met, points = wins + wins.T + ties, wins.sum(axis=1) + ties.sum(axis=1) / 2 + prior / 2
    worth, tie = np.ones(len(models)), 1.0
    for _ in range(200_000):
        root = np.sqrt(worth[:, None] * worth[None, :])
        total = worth[:, None] + worth[None, :] + tie * root
        pull = (met * (1 + tie / 2 * root / worth[:, None]) / total).sum(axis=1) + prior / (worth + 1)
        moved = about_its_prior(points / pull)
        change = np.abs(moved / worth - 1).max()
        worth = moved
        root = np.sqrt(worth[:, None] * worth[None, :])
        weight = (met * root / (worth[:, None] + worth[None, :] + tie * root)).sum() / 2
        new = ties.sum() / 2 / weight
        change, tie = max(change, abs(new - tie) / max(tie, 1e-300)), new
        if change < 1e-13:
            break
    return np.log(worth), tie


def about_its_prior(worth: Array) -> Array:
    """A common factor changes no chance between models, so it may go at once where the prior wants it."""
    x = np.log(worth)
    for _ in range(4):
        p = 1 / (1 + np.exp(-x))
        x = x + (len(x) / 2 - p.sum()) / (p * (1 - p)).sum()
    return np.exp(x)


def davidson_covariance(rows: list[Row], models: list[str], strengths: Array, tie: float, prior: float = 1.0) -> Array:
    """H⁻¹BH⁻¹ summed from the statistics of the three outcomes of each row, seen from the mean; ln v comes last."""
    size = len(models)
    x = np.append(strengths - strengths.mean(), np.log(tie))
    bread, filling = np.zeros((size + 1, size + 1)), np.zeros((size + 1, size + 1))

    def add(statistics: Array, counts: tuple[float, ...]) -> None:
        chance = np.exp(statistics @ x)
        chance /= chance.sum()
        surprise = statistics - chance @ statistics
        bread[:] += sum(counts) * (surprise.T * chance) @ surprise
        filling[:] += (surprise.T * np.array(counts)) @ surprise

    unit = np.eye(size + 1)
    for left, right, won, lost, tied, both_bad in rows:
        half = (unit[models.index(left)] - unit[models.index(right)]) / 2
        add(np.array([half, -half, unit[size]]), (won, lost, tied + both_bad))
    for i in range(size):
        add(np.array([unit[i], 0 * unit[i]]), (prior / 2, prior / 2))
    inverse = np.linalg.inv(bread)
    centre = np.eye(size + 1)
    centre[:size, :size] -= 1 / size
    return centre @ inverse @ filling @ inverse @ centre


def elo_of(votes: list[tuple[str, str, str]], k: float) -> dict[str, float]:
    """In points throughout, as the textbook has it."""
    ratings: dict[str, float] = {}
    for left, right, outcome in votes:
        a, b = ratings.get(left, 1000.0), ratings.get(right, 1000.0)
        expected = 1 / (1 + 10 ** ((b - a) / 400))
        score = {"left": 1.0, "right": 0.0}.get(outcome, 0.5)
        ratings[left], ratings[right] = a + k * (score - expected), b + k * (expected - score)
    return ratings


NODES, WEIGHTS = np.polynomial.legendre.leggauss(120)


def trueskill_of(votes: list[tuple[str, str, str]]) -> dict[str, tuple[float, float]]:
    """Mean and sigma per model, the moments of the difference of performances by numerical integration."""
    beta, tau, margin = 25 / 6, 25 / 300, 0.7404664
    skills: dict[str, tuple[float, float]] = {}
    for left, right, outcome in votes:
        (a, v), (b, w) = (skills.get(model, (25.0, (25 / 3) ** 2)) for model in (left, right))
        v, w = v + tau**2, w + tau**2
        mean, spread = a - b, v + w + 2 * beta**2
        reach = 12 * np.sqrt(spread)
        low, high = {"left": (margin, mean + reach), "right": (mean - reach, -margin)}.get(outcome, (-margin, margin))
        at = (high + low) / 2 + (high - low) / 2 * NODES
        density = WEIGHTS * np.exp(-((at - mean) ** 2) / (2 * spread))
        moved = density @ at / density.sum()
        left_over = density @ (at - moved) ** 2 / density.sum()
        skills[left] = a + v / spread * (moved - mean), v - (v / spread) ** 2 * (spread - left_over)
        skills[right] = b - w / spread * (moved - mean), w - (w / spread) ** 2 * (spread - left_over)
    return {model: (mean, float(np.sqrt(variance))) for model, (mean, variance) in skills.items()}
