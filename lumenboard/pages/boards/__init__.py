"""Boards: the table, its charts, changes, planner and method."""
