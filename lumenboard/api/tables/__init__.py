"""Rows over REST as tables: filters, order, choice of columns, pages by cursor, and whole tables streamed."""
