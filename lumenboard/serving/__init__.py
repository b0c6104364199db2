"""What the web server runs: the gateway in the event loop, the site in threads beside it."""
