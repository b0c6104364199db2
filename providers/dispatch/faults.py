"""What can go wrong between us and a provider. No fault carries a request, so none can carry a key."""

from providers.adapters.wire import FailureKind


class DispatchFault(Exception):
    """`kind` is whose fault it is taken for."""

    def __init__(self, kind: FailureKind, message: str) -> None:
        super().__init__(message)
        self.kind: FailureKind = kind
        self.message = message


class NotSent(DispatchFault):
    """Nothing left this machine: the call cannot have cost anything."""


class AnswerLost(DispatchFault):
    """Something was sent and no whole answer came back: whether it was charged cannot be known."""


class Unusable(DispatchFault):
    """A whole answer came, and it is no picture, or no answer of the protocol, or too large."""


class NotAllowed(NotSent):
    """It would have gone where nothing, or not the key, may go. Trying again changes nothing."""


class ForbiddenAddress(NotAllowed):
    """A link that came from outside leads inside."""

    def __init__(self, host: str) -> None:
        super().__init__("upstream", f"{host[:120]} is not a public address")


class LedgerFault(Exception):
    """A row was not in the state it had to be in: someone else has moved it."""
