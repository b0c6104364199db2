"""What can be wrong with tallies or with a fit, each by its own name."""


class RatingError(ValueError):
    """Root of everything the rating code refuses."""


class BadTally(RatingError):
    """Tallies whose arrays do not belong together."""


class NegativeCount(BadTally):
    """A tally row with a count below zero."""


class BadCount(BadTally):
    """A tally row whose counts are not four whole numbers."""


class SameModel(BadTally):
    """A tally row that puts a model against itself."""


class BadSlug(BadTally):
    """A model slug that cannot stand in a canonical tally line."""


class BadPrior(RatingError):
    """A prior that is not a finite number of virtual games, zero or more."""


class UnknownModel(RatingError):
    """A question about a model that was not fitted."""


class BadVotes(RatingError):
    """A sequence of votes whose arrays do not belong together."""


class BadState(RatingError):
    """A stored state of a sequential method that cannot be read, or that does not belong to these tallies."""


class NotConverged(RatingError):
    """The iteration limit was reached before the step fell under the tolerance."""


class FitDoesNotExist(RatingError):
    """The likelihood has no maximum: without a prior some strengths run to infinity.

    `models`: everyone outside the largest group in which each can be compared with each; without
    them the fit exists. Of these, `undefeated` never lost a point outside their own group and
    `winless` never scored one outside it. All in slug order.
    """

    def __init__(self, models: tuple[str, ...], undefeated: tuple[str, ...], winless: tuple[str, ...]) -> None:
        self.models = models
        self.undefeated = undefeated
        self.winless = winless
        super().__init__(f"no fit exists with prior 0, because of these models: {', '.join(models)}")
