"""Rings of voters among a crowd as on a public site, against the bounds on what they move and the test for lifts."""
