"""The protocols there are: every adapter that a module beside this one declares. Pure."""

import pkgutil
from importlib import import_module
from typing import Final

import providers.adapters
from providers.adapters.wire import Adapter


def declared_adapters() -> dict[str, Adapter]:
    """By the name an account is configured with, in the order of their labels."""
    modules = [
        import_module(f"providers.adapters.{module.name}")
        for module in pkgutil.iter_modules(providers.adapters.__path__)
        if module.name != "registry"
    ]
    classes = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Adapter) and "name" in vars(value)
    }
    return {found.name: found() for found in sorted(classes, key=lambda found: found.label.lower())}


ADAPTERS: Final = declared_adapters()


class UnknownProtocol(LookupError):
    """No adapter has that name."""


def adapter_for(protocol: str) -> Adapter:
    """Raises UnknownProtocol."""
    try:
        return ADAPTERS[protocol]
    except KeyError:
        raise UnknownProtocol(f"protocol: {protocol!r} is not known; allowed are {', '.join(ADAPTERS)}") from None


def usual_adapter(provider_slug: str) -> Adapter | None:
    """What a provider speaks whose account does not say; None where that cannot be known."""
    return next((adapter for adapter in ADAPTERS.values() if adapter.usual_provider == provider_slug), None)


def protocol_choices() -> list[tuple[str, str]]:
    """Names and labels, as forms offer them."""
    return [(adapter.name, adapter.label) for adapter in ADAPTERS.values()]


def call_styles() -> tuple[str, ...]:
    """Every way any protocol knows of calling an endpoint."""
    return tuple(dict.fromkeys(style for adapter in ADAPTERS.values() for style in adapter.call_styles))


def call_style_choices() -> list[tuple[str, str]]:
    """As forms offer them, with the label of the protocol."""
    return [(style, f"{adapter.label}: {style}") for adapter in ADAPTERS.values() for style in adapter.call_styles]
