"""Pages of the arena that know nothing of providers beyond a model's name."""
