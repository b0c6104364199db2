"""Provider analytics: the page, its charts and its words."""
