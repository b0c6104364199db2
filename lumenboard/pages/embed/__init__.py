"""Boards on other pages: badge, frame, preview picture, feed."""
