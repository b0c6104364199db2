"""The protocols there are, by the name an account is configured with. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from providers.adapters.dashscope import DashScope
from providers.adapters.fal import Fal
from providers.adapters.openai_images import OpenAIImages
from providers.adapters.replicate import Replicate
from providers.adapters.wire import Adapter

ADAPTERS: Final[Mapping[str, Adapter]] = MappingProxyType(
    {adapter.name: adapter for adapter in (Fal(), Replicate(), DashScope(), OpenAIImages())}
)


class UnknownProtocol(LookupError):
    """No adapter has that name."""


def adapter_for(protocol: str) -> Adapter:
    """Raises UnknownProtocol."""
    try:
        return ADAPTERS[protocol]
    except KeyError:
        raise UnknownProtocol(f"protocol: {protocol!r} is not known; allowed are {', '.join(ADAPTERS)}") from None
