"""Boards on other people's pages: badge, frame, picture and feed."""
