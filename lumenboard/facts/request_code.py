"""One request to the gateway, with all its fields, as curl, JavaScript and Python. Pure."""

import json
import shlex
from collections.abc import Mapping
from typing import Final

from lumenboard.facts.texts import OPERATIONS, with_base64
from lumenboard.facts.types import CodeExample, Site
from providers.sheet import IMAGE_EDIT

# Arguments of the Python SDK's images.generate and images.edit; others go into extra_body.
PYTHON_ARGUMENTS: Final = frozenset(
    ("model", "prompt", "n", "size", "quality", "response_format", "output_format", "output_compression", "user")
)
Fields = Mapping[str, str | int | float | bool]


def request_code(site: Site, mode: str, fields: Fields, *, as_base64: bool = False) -> tuple[CodeExample, ...]:
    """`fields` hold model and prompt; edits read their picture from source.png.

    `as_base64` is for models that answer so where `response_format` is not said.
    """
    inside = fields.get("response_format", "b64_json" if as_base64 else "url") == "b64_json"
    written = (
        ("curl", "cURL", _curl(site, mode, fields)),
        ("javascript", "JavaScript", _javascript(site, mode, fields)),
        ("python", "Python", _python(site, mode, fields)),
    )
    return tuple(
        CodeExample(mode=mode, operation=OPERATIONS[mode], language=language, label=label, code=shown)  # type: ignore[arg-type]  # of the three
        for language, label, code in written
        if (shown := with_base64(code, as_base64=inside))
    )


def _curl(site: Site, mode: str, fields: Fields) -> str:
    url = site.gateway_url + OPERATIONS[mode].removeprefix("/v1")
    head = f'curl {url} \\\n  -H "Authorization: Bearer ${site.api_key_variable}" \\\n'
    if mode == IMAGE_EDIT:
        parts = [f"--form-string {shlex.quote(f'{name}={_plain(value)}')}" for name, value in fields.items()]
        return head + " \\\n".join(f"  {part}" for part in [*parts, "-F image=@source.png"])
    body = json.dumps(dict(fields), indent=2, ensure_ascii=False).replace("'", "'\\''")
    return f"{head}  -H \"Content-Type: application/json\" \\\n  -d '{body}'"


def _plain(value: str | float) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _javascript(site: Site, mode: str, fields: Fields) -> str:
    lines = [f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
    opens = "import fs from 'fs';\n" if mode == IMAGE_EDIT else ""
    if mode == IMAGE_EDIT:
        lines.append("  image: fs.createReadStream('source.png')")
    method, inner = "edit" if mode == IMAGE_EDIT else "generate", ",\n".join(lines)
    return f"""import OpenAI from 'openai';
{opens}
const client = new OpenAI({{
  apiKey: process.env.{site.api_key_variable},
  baseURL: '{site.gateway_url}'
}});
const response = await client.images.{method}({{
{inner}
}});
console.log(response.data[0].url);"""


def _python(site: Site, mode: str, fields: Fields) -> str:
    lines = [f"    {name}={_literal(value)}," for name, value in fields.items() if name in PYTHON_ARGUMENTS]
    extra = [f"{_literal(name)}: {_literal(value)}" for name, value in fields.items() if name not in PYTHON_ARGUMENTS]
    if mode == IMAGE_EDIT:
        lines.append('    image=open("source.png", "rb"),')
    if extra:
        lines.append(f"    extra_body={{{', '.join(extra)}}},")
    method, inner = "edit" if mode == IMAGE_EDIT else "generate", "\n".join(lines)
    return f"""import os

from openai import OpenAI

client = OpenAI(api_key=os.environ["{site.api_key_variable}"], base_url="{site.gateway_url}")
response = client.images.{method}(
{inner}
)
print(response.data[0].url)"""


def _literal(value: str | float) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
