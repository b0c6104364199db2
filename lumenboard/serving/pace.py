"""How long a client may take for so many bytes, to send or to read them. Pure."""

from typing import Final

GRACE_S: Final = 10.0
# Below the slowest mobile network; 20 MB take 42 minutes at this rate, so the whole has a limit of its own.
LEAST_BYTES_PER_S: Final = 8 << 10
LONGEST_S: Final = 600.0


def patience_s(bytes_so_far: int) -> float:
    """Seconds from the first moment on within which so many bytes must have passed."""
    return min(GRACE_S + bytes_so_far / LEAST_BYTES_PER_S, LONGEST_S)
