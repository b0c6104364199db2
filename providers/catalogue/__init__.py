"""The catalogue as values: what a file or a card says of one model, planned against the rows, then applied."""
