"""Bradley–Terry once more, by another road: minorise-maximise in plain loops, and a sandwich summed vote by vote.

Slow on purpose and only for small boards; shares nothing with the code under test but the rows it is given.
"""

from __future__ import annotations

from math import exp, log

Matrix = list[list[float]]
# (winner's points, first model, second model) per battle: 1, 0 or 1/2 for the first
Battle = tuple[float, int, int]


def battles_of(rows: list[tuple[str, str, int, int, int, int]], models: list[str]) -> list[Battle]:
    listed: list[Battle] = []
    for left, right, won, lost, tie, both_bad in rows:
        i, j = models.index(left), models.index(right)
        listed += [(1.0, i, j)] * won + [(0.0, i, j)] * lost + [(0.5, i, j)] * (tie + both_bad)
    return listed


def strengths_of(battles: list[Battle], size: int, prior: float) -> list[float]:
    """D. R. Hunter's MM algorithm (2004), the prior as a game against a strength of 1."""
    points = [prior / 2] * size
    met = [[0] * size for _ in range(size)]
    for score, i, j in battles:
        points[i] += score
        points[j] += 1 - score
        met[i][j] += 1
        met[j][i] += 1
    worth = [1.0] * size
    for _ in range(200_000):
        change = 0.0
        for i in range(size):
            weight = prior / (worth[i] + 1) + sum(met[i][j] / (worth[i] + worth[j]) for j in range(size) if met[i][j])
            new = points[i] / weight
            change = max(change, abs(new / worth[i] - 1))
            worth[i] = new
        if change < 1e-14:
            break
    return centred([log(value) for value in worth]) if prior == 0 else [log(value) for value in worth]


def covariance_of(battles: list[Battle], strengths: list[float], prior: float) -> Matrix:
    """H⁻¹BH⁻¹ about the mean; without a prior the first model is pinned, and the centring undoes the pin."""
    size = len(strengths)
    x = centred(strengths)
    bread = [[0.0] * size for _ in range(size)]
    filling = [[0.0] * size for _ in range(size)]
    for score, i, j in battles:
        p = 1 / (1 + exp(x[j] - x[i]))
        for a, b, sign in ((i, i, 1), (j, j, 1), (i, j, -1), (j, i, -1)):
            bread[a][b] += sign * p * (1 - p)
            filling[a][b] += sign * (score - p) ** 2
    for i in range(size):
        p = 1 / (1 + exp(-x[i]))
        bread[i][i] += prior * p * (1 - p)
        filling[i][i] += prior / 2 * (1 - p) ** 2 + prior / 2 * p**2
    kept = list(range(1, size)) if prior == 0 else list(range(size))
    inverse = inverted([[bread[a][b] for b in kept] for a in kept])
    middle = [[filling[a][b] for b in kept] for a in kept]
    inner = product(product(inverse, middle), inverse)
    full = [[0.0] * size for _ in range(size)]
    for a, row in zip(kept, inner, strict=True):
        for b, value in zip(kept, row, strict=True):
            full[a][b] = value
    centre = [[(a == b) - 1 / size for b in range(size)] for a in range(size)]
    return product(product(centre, full), centre)


def centred(values: list[float]) -> list[float]:
    mean = sum(values) / len(values)
    return [value - mean for value in values]


def product(a: Matrix, b: Matrix) -> Matrix:
    return [[sum(x * y for x, y in zip(row, column, strict=True)) for column in zip(*b, strict=True)] for row in a]


def inverted(matrix: Matrix) -> Matrix:
    """Gauss-Jordan with the largest pivot."""
    size = len(matrix)
    work = [[*row, *(float(i == j) for j in range(size))] for i, row in enumerate(matrix)]
    for k in range(size):
        pivot = max(range(k, size), key=lambda row: abs(work[row][k]))
        work[k], work[pivot] = work[pivot], work[k]
        work[k] = [value / work[k][k] for value in work[k]]
        for i in range(size):
            if i != k:
                work[i] = [value - work[i][k] * top for value, top in zip(work[i], work[k], strict=True)]
    return [row[size:] for row in work]
