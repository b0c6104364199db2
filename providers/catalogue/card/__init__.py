"""Model cards: a model's llms.txt document, flattened or line by line, read into values. Pure: no Django, no clock."""

from providers.catalogue.card.errors import CardError
from providers.catalogue.card.reading import CardReading, read_card, with_report
from providers.catalogue.card.site_name import SITE_PLACEHOLDER

__all__ = ["SITE_PLACEHOLDER", "CardError", "CardReading", "read_card", "with_report"]
