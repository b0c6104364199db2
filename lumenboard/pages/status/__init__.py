"""Whether the site works: health, readiness, metrics."""
