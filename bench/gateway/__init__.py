"""The gateway under load: beside the LiteLLM proxy, beside the least a proxy could do, and beside an earlier commit."""
