"""What can go wrong around the embedded stack; each message is written for the person at the terminal."""


class EmbeddedError(Exception):
    """Base of the errors below."""


class LayoutError(EmbeddedError):
    """The data directory asked for cannot be used."""


class StoreError(EmbeddedError):
    """An embedded store could not be started."""


class StackError(EmbeddedError):
    """The stack cannot run, or cannot go on."""


class LockHeld(EmbeddedError):
    """Another process holds the lock."""
