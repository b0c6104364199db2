"""What a page with charts may do beyond the site's content security policy."""

from typing import Any

# plotly writes style elements, and pictures for download are made from blobs
CHART_POLICY: dict[str, Any] = {"style-src": ["'unsafe-inline'"], "img-src": ["blob:"]}
