"""Many clients with little money: what they may spend, what providers charged, and whether the two agree."""
