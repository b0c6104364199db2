"""How long a prompt may be, wherever one is given: gateway, forms, catalogue and cards. Pure.

A dataset is taken in with longer ones: they were stored before the bound was there.
"""

from __future__ import annotations

from typing import Final

LONGEST_PROMPT: Final = 32_000
"""Characters; what OpenAI documents for gpt-image-1, the most that a provider here takes."""
ALLOWED_PROMPT: Final = f"at most {LONGEST_PROMPT:,} characters"


def prompt_problem(prompt: str) -> str:
    """Why it is refused, as the end of a sentence that began with its field; "" when it is fine."""
    if len(prompt) <= LONGEST_PROMPT:
        return ""
    return f"has {len(prompt):,} characters; {ALLOWED_PROMPT} are allowed"
