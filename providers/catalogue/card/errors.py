"""What is wrong with a card: always a section, an item and what was expected."""


class CardError(ValueError):
    """A card that cannot be read. `section` is a heading of the document, `item` a line or block under it."""

    def __init__(self, section: str, item: str, problem: str) -> None:
        self.section = section
        self.item = item
        self.problem = problem
        place = f"{section}, {item}" if item else section
        super().__init__(f"{place}: {problem}")
