"""The demo world: the seed's model and twenty invented ones, competitions, pictures drawn by code, simulated votes."""
