"""Questions about a model that facts answer. Pure; a question without facts is not asked."""

from collections.abc import Sequence

from lumenboard.facts.prices import dollars
from lumenboard.facts.types import EndpointFacts, Identity, Origin, Question, Site, Specs
from providers.modes import MODE_LABELS
from providers.pricing import StartingPrice


def questions(
    *,
    site: Site,
    identity: Identity,
    specs: Specs,
    endpoints: Sequence[EndpointFacts],
    price: StartingPrice | None,
    reports: Sequence[Origin],
) -> tuple[Question, ...]:
    """In the order: cost, use, providers, resolution."""
    asked = [
        Question(question=f"How much does {identity.name} cost?", answer=_cost(site, identity, endpoints, price)),
        Question(question=f"How do I use {identity.name} via API?", answer=_use(site, identity)),
    ]
    if endpoints:
        asked.append(
            Question(
                question=f"Which providers offer {identity.name}?",
                answer=_providers(site, identity, endpoints, reports),
            )
        )
    if specs.max_resolution:
        answer = f"{identity.name} draws pictures of up to {specs.max_resolution} pixels."
        asked.append(Question(question=f"What is the maximum resolution for {identity.name}?", answer=answer))
    return tuple(asked)


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def provider_names(endpoints: Sequence[EndpointFacts], keys: Sequence[str] | None = None) -> list[str]:
    """Distinct providers of the endpoints, or of those with the given keys."""
    chosen = [endpoint for endpoint in endpoints if keys is None or endpoint.key in keys]
    return list(dict.fromkeys(endpoint.provider.name for endpoint in chosen))


def _cost(site: Site, identity: Identity, endpoints: Sequence[EndpointFacts], price: StartingPrice | None) -> str:
    if price is None:
        return f"No provider states what one picture of {identity.name} costs without further conditions."
    stated = "".join(f", {key} {value}" for key, value in price.parameters)
    through = listed(provider_names(endpoints, price.endpoint_keys))
    return (
        f"One {price.size} picture ({MODE_LABELS[price.mode].lower()}{stated}) costs "
        f"{dollars(price.amount_usd, 3)} or more, the price of {through}. What you pay depends on the provider "
        f"and on the size. {site.name} lists what providers charge and adds nothing to it."
    )


def _use(site: Site, identity: Identity) -> str:
    return (
        f"The code examples above, in cURL, JavaScript and Python, show the call: any OpenAI client, pointed at "
        f'{site.gateway_url} with the model ID "{identity.slug}". A key comes from whoever '
        f"operates {site.name}."
    )


def _providers(site: Site, identity: Identity, endpoints: Sequence[EndpointFacts], reports: Sequence[Origin]) -> str:
    offer = f"{listed(provider_names(endpoints))} can be asked for {identity.name}."
    if not reports:
        return offer
    sources = listed([f"{report.source} on {report.reported_on}" for report in reports])
    return (
        f"{offer} Speed and arena figures reported by {sources} are passed on as reported: "
        f"{site.name} did not measure them."
    )
