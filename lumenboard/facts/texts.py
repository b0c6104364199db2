"""Texts that facts give: code that calls a model as the OpenAI SDKs do, questions with answers, links. Pure."""

import json
from collections.abc import Sequence
from typing import Final, Literal

from lumenboard.facts.types import CodeExample, EndpointFacts, Identity, Link, ModelFacts, Origin, Question, Site, Specs
from lumenboard.formatting import dollars
from providers.adapters.capabilities import sends_base64
from providers.pricing import StartingPrice
from providers.sheet import IMAGE_EDIT, MODE_LABELS, TEXT_TO_IMAGE

OPERATIONS: Final = {TEXT_TO_IMAGE: "/v1/images/generations", IMAGE_EDIT: "/v1/images/edits"}
LANGUAGES: Final[tuple[tuple[Literal["curl", "javascript", "python"], str], ...]] = (
    ("curl", "cURL"),
    ("javascript", "JavaScript"),
    ("python", "Python"),
)
EDIT_PROMPT: Final = "Add a starry night sky to this image"
SIZE: Final = "1024x1024"
ANSWER: Final = '{ created: 1234567890, data: [{ url: "https://...", revised_prompt: "..." }] }'
ANSWER_JSON: Final = '{ "created": 1234567890, "data": [{ "url": "https://...", "revised_prompt": "..." }] }'

# What stands in an example for links, and for pictures within the answer.
BASE64: Final = {
    'url: "https://..."': 'b64_json: "..."',
    '"url": "https://..."': '"b64_json": "..."',
    "console.log(response.data[0].url);": "const { writeFileSync } = await import('fs');\n"
    "writeFileSync('picture.png', Buffer.from(response.data[0].b64_json, 'base64'));",
    "print(response.data[0].url)": 'with open("picture.png", "wb") as file:\n'
    "    file.write(base64.b64decode(response.data[0].b64_json))",
}
SUB_PAGES: Final = (
    ("about", "About"),
    ("providers", "Providers, Pricing & Performance"),
    ("api", "API Reference"),
    ("benchmarks", "Benchmarks"),
    ("use-cases", "Use Cases"),
    ("gallery", "Gallery"),
)


def code_examples(
    site: Site, slug: str, modes: tuple[str, ...], prompt: str = "", *, as_base64: bool = False
) -> tuple[CodeExample, ...]:
    """Every mode in every language; `prompt` is what a picture is asked for, edits keep a prompt of their own.

    `as_base64` is for models that answer so where nothing is said of it.
    """
    return tuple(
        CodeExample(
            mode=mode,
            operation=OPERATIONS[mode],
            language=language,
            label=label,
            code=with_base64(_WRITERS[mode, language](site, slug, prompt), as_base64=as_base64),
        )
        for mode in modes
        if mode in OPERATIONS
        for language, label in LANGUAGES
    )


def examples_of(facts: ModelFacts, modes: tuple[str, ...], prompt: str = "") -> tuple[CodeExample, ...]:
    """Those of a model, as the gateway gives its pictures where nobody says how."""
    upstream = (endpoint.provider_model_id for endpoint in facts.endpoints)
    as_base64 = sends_base64((facts.identity.slug, *facts.identity.aliases, *upstream))
    return code_examples(facts.site, facts.identity.slug, modes, prompt, as_base64=as_base64)


def with_base64(code: str, *, as_base64: bool) -> str:
    """The code as it is, or with the picture taken out of the answer rather than its link printed."""
    if not as_base64:
        return code
    for link, picture in BASE64.items():
        code = code.replace(link, picture)
    if "b64decode" not in code:
        return code
    return ("import base64\n" if code.startswith("import ") else "import base64\n\n") + code


def _curl_generate(site: Site, slug: str, prompt: str) -> str:
    body = json.dumps({"model": slug, "prompt": prompt, "size": SIZE}, indent=2, ensure_ascii=False)
    quoted = body.replace("'", "'\\''").replace("\n", "\n  ")
    return f"""curl -X POST \\
  {site.gateway_url}/images/generations \\
  -H "Authorization: Bearer ${site.api_key_variable}" \\
  -H "Content-Type: application/json" \\
  -d '{quoted}'

# Response:
# {ANSWER_JSON}"""


def _curl_edit(site: Site, slug: str, prompt: str) -> str:
    return f"""curl -X POST \\
  {site.gateway_url}/images/edits \\
  -H "Authorization: Bearer ${site.api_key_variable}" \\
  -F "model={slug}" \\
  -F "image=@source.png" \\
  -F "prompt={EDIT_PROMPT}" \\
  -F "size={SIZE}"

# Response:
# {ANSWER_JSON}"""


def _javascript_generate(site: Site, slug: str, prompt: str) -> str:
    return f"""import OpenAI from 'openai';

const client = new OpenAI({{
  apiKey: 'YOUR_API_KEY',
  baseURL: '{site.gateway_url}'
}});

const response = await client.images.generate({{
  model: '{slug}',
  prompt: {_javascript_text(prompt)},
  size: '{SIZE}'
}});
// {ANSWER}
console.log(response.data[0].url);"""


def _javascript_edit(site: Site, slug: str, prompt: str) -> str:
    return f"""import OpenAI from 'openai';
import fs from 'fs';

const client = new OpenAI({{
  apiKey: 'YOUR_API_KEY',
  baseURL: '{site.gateway_url}'
}});

const response = await client.images.edit({{
  model: '{slug}',
  image: fs.createReadStream('source.png'),
  prompt: {_javascript_text(EDIT_PROMPT)},
  size: '{SIZE}'
}});
// {ANSWER}
console.log(response.data[0].url);"""


def _python_generate(site: Site, slug: str, prompt: str) -> str:
    return f"""from openai import OpenAI

client = OpenAI(
    api_key="YOUR_API_KEY",
    base_url="{site.gateway_url}"
)

response = client.images.generate(
    model="{slug}",
    prompt={json.dumps(prompt, ensure_ascii=False)},
    size="{SIZE}"
)
# {ANSWER}
print(response.data[0].url)"""


def _python_edit(site: Site, slug: str, prompt: str) -> str:
    return f"""from openai import OpenAI

client = OpenAI(
    api_key="YOUR_API_KEY",
    base_url="{site.gateway_url}"
)

response = client.images.edit(
    model="{slug}",
    image=open("source.png", "rb"),
    prompt={json.dumps(EDIT_PROMPT)},
    size="{SIZE}"
)
# {ANSWER}
print(response.data[0].url)"""


def _javascript_text(text: str) -> str:
    """A single-quoted JavaScript string."""
    inner = json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"'{inner}'"


_WRITERS: Final = {
    (TEXT_TO_IMAGE, "curl"): _curl_generate,
    (TEXT_TO_IMAGE, "javascript"): _javascript_generate,
    (TEXT_TO_IMAGE, "python"): _python_generate,
    (IMAGE_EDIT, "curl"): _curl_edit,
    (IMAGE_EDIT, "javascript"): _javascript_edit,
    (IMAGE_EDIT, "python"): _python_edit,
}


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


def model_links(site_url: str, model_url: str) -> tuple[Link, ...]:
    """The page, its sub-pages and the documentation of the API."""
    pages = [Link(label=label, url=f"{model_url}/{page}") for page, label in SUB_PAGES]
    documentation = Link(label="API Documentation", url=f"{site_url}/api/v1/docs")
    return (Link(label="Model Page", url=model_url), *pages, documentation)
