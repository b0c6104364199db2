"""The facts object of a model and its faces: Markdown and JSON here, HTML in lumenboard.pages."""
