"""Azure OpenAI: OpenAI's image operations at deployments of free names, with a version in the address. Pure."""

from urllib.parse import quote

from providers.adapters.capabilities import MOST_PARTIAL, QUALITY_WORDS, Capabilities
from providers.adapters.openai_images import TEST_TIMEOUT_S, OpenAIImages
from providers.adapters.wire import Account, ImageOrder, ProviderRequest

DEPLOYMENTS = "/deployments/"


class AzureOpenAI(OpenAIImages):
    """The base address is the resource's (`https://….openai.azure.com/openai?api-version=…`), that of one deployment,
    or its newer `/openai/v1`, where models are named in the body.
    """

    name = "azure"
    label = "Azure OpenAI"
    default_base_url = ""
    usual_provider = ""
    key_variable = ""
    key_header = "api-key"
    key_scheme = ""

    def capabilities(self, provider_model_id: str, call_style: str) -> Capabilities:
        """A deployment's name says nothing of its model: those of gpt-image are what is sold."""
        if provider_model_id.startswith("dall-e"):
            return super().capabilities(provider_model_id, call_style)
        return Capabilities(
            formats=("png", "jpeg"),
            quality_words=QUALITY_WORDS,
            takes_seed=False,
            images_per_call=10,
            edit_form="multipart",
            partial_images=MOST_PARTIAL,
        )

    def operation_url(self, account: Account, order: ImageOrder, operation: str) -> str:
        is_placed = account.base_url.endswith("/v1") or DEPLOYMENTS in f"{account.base_url}/"
        deployment = "" if is_placed else f"{DEPLOYMENTS}{quote(order.provider_model_id, safe='')}"
        return self.address(account, f"{deployment}/images/{operation}")

    def test_connection(self, account: Account) -> ProviderRequest | None:
        """The list of models of the resource."""
        resource = Account(base_url=account.base_url.partition(DEPLOYMENTS)[0], key=account.key, query=account.query)
        return self.request(account, self.address(resource, "/models"), TEST_TIMEOUT_S)
