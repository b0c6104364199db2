"""Where a model's pages are. Pure."""

from typing import Final

from lumenboard.facts.types import Link

SUB_PAGES: Final = (
    ("about", "About"),
    ("providers", "Providers, Pricing & Performance"),
    ("api", "API Reference"),
    ("benchmarks", "Benchmarks"),
    ("use-cases", "Use Cases"),
    ("gallery", "Gallery"),
)


def model_links(site_url: str, model_url: str) -> tuple[Link, ...]:
    """The page, its sub-pages and the documentation of the API."""
    pages = [Link(label=label, url=f"{model_url}/{page}") for page, label in SUB_PAGES]
    documentation = Link(label="API Documentation", url=f"{site_url}/api/v1/docs")
    return (Link(label="Model Page", url=model_url), *pages, documentation)
