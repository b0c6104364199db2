"""The facts object of a model and its formats: Markdown and JSON here, HTML in lumenboard.pages."""
