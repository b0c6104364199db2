"""A provider of one's own: an OpenAI-compatible server that knows one key, and what the catalogue says of it."""

import base64
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image

KEY = "harbor-key-5d1f-that-must-survive"
MODEL = "harbor-one"
CATALOGUE = f"""
format = 1
slug = "{MODEL}"
name = "Harbor One"
modes = ["text-to-image"]
[creator]
slug = "harbor-labs"
name = "Harbor Labs"
[[parameters]]
name = "prompt"
group = "core"
type = "string"
modes = ["text-to-image"]
required_modes = ["text-to-image"]
[[parameters]]
name = "size"
group = "size"
type = "string"
modes = ["text-to-image"]
[[endpoints]]
key = "harbor/{MODEL}"
provider = {{ slug = "harbor", name = "Harbor" }}
provider_model_id = "{MODEL}"
modes = ["text-to-image"]
[[endpoints.prices]]
metric = "image"
amount_usd = "0.001"
"""
# Prints the key of the gateway last.
PREPARE = """
from providers.accounts.api_keys import create_api_key
from providers.accounts.sealing import store_key
from providers.models import Provider, ProviderAccount
harbor = Provider.objects.get(slug="harbor")
store_key(ProviderAccount.objects.create(provider=harbor, protocol="openai", base_url="{url}").pk, "{key}")
print(create_api_key("main").text)
"""


def prepare(url: str) -> str:
    """What `manage.py shell -c` runs once the catalogue is in."""
    return PREPARE.format(url=url, key=KEY)


class _Asked(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["Authorization"] != f"Bearer {KEY}":
            self._answer(401, {"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}})
            return
        width, height = map(int, str(body.get("size", "1024x1024")).split("x"))
        picture = io.BytesIO()
        Image.new("RGB", (width, height), "teal").save(picture, "PNG")
        self._answer(200, {"created": 1, "data": [{"b64_json": base64.b64encode(picture.getvalue()).decode()}]})

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        raw = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        """Nothing: the test's output is its own."""


@contextmanager
def own_provider(host: str = "127.0.0.1") -> Iterator[str]:
    """Serves until the block ends; the address of its API."""
    server = ThreadingHTTPServer((host, 0), _Asked)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
