"""Boards over REST. Reads only."""
