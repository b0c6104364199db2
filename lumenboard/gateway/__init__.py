"""The gateway: OpenAI's image API over every endpoint of the catalogue. Coroutines in the web server, no views."""
