"""Models and their providers: lists, sub-pages, prices, the card as text."""
