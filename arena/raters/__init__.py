"""A board's voters: whether they agree, who of them is careful, whether groups differ, and what looks explain."""
