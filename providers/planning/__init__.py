"""From one request in unified words to the calls an endpoint understands, and what is left for us to do after. Pure."""
