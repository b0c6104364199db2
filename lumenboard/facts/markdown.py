"""The Markdown format of a model: its llms.txt, section by section in a fixed order. Pure."""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from lumenboard.facts.markdown_figures import benchmarks, gallery, performance, use_cases
from lumenboard.facts.plain_text import code_span, one_line, paragraph, sentence
from lumenboard.facts.types import EndpointFacts, ModelFacts
from lumenboard.formatting import literal, price_text
from providers.planning.schema.compile import ParameterFacts
from providers.sheet import MODE_LABELS, Json

SECTION_TITLES = (
    "Quick Reference",
    "Specifications",
    "API Parameters",
    "Model Identifiers",
    "Tags",
    "Available Providers",
    "Performance Metrics",
    "Arena Benchmarks",
    "Use Cases & Category Performance",
    "Image Gallery",
    "Example Prompt",
    "Code Examples",
    "About",
    "Frequently Asked Questions",
    "Links",
)


def model_markdown(facts: ModelFacts) -> str:
    """The whole document; a section about which nothing is known is left out."""
    bodies = (
        _quick_reference(facts),
        _specifications(facts),
        _parameters(facts),
        _identifiers(facts),
        [", ".join(one_line(tag) for tag in facts.identity.tags)],
        _providers(facts.endpoints),
        performance(facts),
        benchmarks(facts),
        use_cases(facts),
        gallery(facts),
        _example_prompt(facts),
        _code(facts),
        [_about(facts.about)],
        [part for row in facts.questions for part in (f"### {one_line(row.question)}", paragraph(row.answer))],
        ["\n".join(f"- {link.label}: {link.url}" for link in facts.links)],
    )
    parts = [f"# {one_line(facts.identity.name)}"]
    if facts.identity.tagline:
        parts.append(f"> {one_line(facts.identity.tagline)}")
    for title, body in zip(SECTION_TITLES, bodies, strict=True):
        held = [part for part in body if part]
        if held:
            parts += [f"## {title}", *held]
    return "\n\n".join(parts) + "\n"


def _items(pairs: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"- {label}: {value}" for label, value in pairs if value)


def _quick_reference(facts: ModelFacts) -> list[str]:
    identity = facts.identity
    rows = (
        ("Model ID", identity.slug),
        ("Creator", one_line(identity.creator.name)),
        ("Status", identity.status),
        ("Sunset", identity.sunset_on.isoformat() if identity.sunset_on else ""),
        ("Family", one_line(identity.family.name) if identity.family else ""),
        ("Base URL", facts.site.gateway_url),
    )
    return [_items(rows)]


def _specifications(facts: ModelFacts) -> list[str]:
    specs = facts.specs
    rows = (
        ("Max Resolution", specs.max_resolution),
        ("Input Modalities", ", ".join(specs.input_modalities)),
        ("Output Modalities", ", ".join(specs.output_modalities)),
        ("Supported Modes", _modes(specs.modes)),
    )
    return [_items(rows)]


def _modes(modes: Sequence[str]) -> str:
    return ", ".join(MODE_LABELS.get(mode, mode) for mode in modes)


def _parameters(facts: ModelFacts) -> list[str]:
    if not facts.parameter_groups:
        return []
    schema = f"`GET /api/v1/models/{facts.identity.slug}?schema=true`"
    parts = [f"The compiled parameter schema for this model is available via the API: {schema}."]
    for group in facts.parameter_groups:
        parts += [f"### {group.label}", "\n".join(_parameter(row) for row in group.parameters)]
    return parts


def _parameter(row: ParameterFacts) -> str:
    required = " — REQUIRED" if row.is_required else ""
    if row.required_modes and not row.is_required:
        required = f" — REQUIRED ({_modes(row.required_modes)})"
    said = [
        sentence(row.description),
        f"Default: {_value(row.default)}." if row.default is not None else "",
        f"Values: {', '.join(_value(value) for value in row.values)}." if row.values else "",
        f"Modes: {_modes(row.modes)}" if row.modes else "",
    ]
    line = f"- {code_span(row.name)} ({row.type}){required}: {' '.join(part for part in said if part)}".rstrip(": ")
    return f"{line}. Only available via {row.only_via}" if row.only_via else line


def _value(value: Json) -> str:
    return one_line(literal(value))


def _identifiers(facts: ModelFacts) -> list[str]:
    return [_items((("Primary Slug", facts.identity.slug), ("Aliases", ", ".join(facts.identity.aliases))))]


def _providers(endpoints: Sequence[EndpointFacts]) -> list[str]:
    parts = []
    for endpoint in endpoints:
        rows = [
            ("Config Key", endpoint.key),
            ("Provider Model ID", one_line(endpoint.provider_model_id)),
            ("Pricing", ", ".join(price_text(price) for price in endpoint.prices)),
            *(("Note", one_line(note)) for note in endpoint.notes),
            ("Source", endpoint.source_url),
        ]
        parts += [f"### {one_line(endpoint.provider.name)}", _items(rows)]
    return parts


def _example_prompt(facts: ModelFacts) -> list[str]:
    if not facts.example_prompt:
        return []
    introduction = "The following prompt was used to generate an example image in our playground:"
    return [introduction, paragraph(facts.example_prompt)]


def _code(facts: ModelFacts) -> list[str]:
    parts = []
    for mode, examples in groupby(facts.code_examples, key=lambda example: example.mode):
        held = list(examples)
        parts.append(f"### {MODE_LABELS[mode]} ({held[0].operation})")
        for example in held:
            parts += [f"#### {example.label}", _indented(example.code)]
    return parts


def _indented(code: str) -> str:
    # Indented blocks need no fence, so nothing within can end one.
    return "\n".join(f"    {line}" if line else "" for line in code.splitlines())


def _about(text: str) -> str:
    """Markdown of its own, except that no heading in it may pass for a section of this document."""
    titles = "|".join(re.escape(title) for title in SECTION_TITLES)
    return re.sub(rf"^(#+ +(?:{titles})\s*)$", r"\\\1", text.strip(), flags=re.MULTILINE)
