"""Parity boards: one model at several endpoints, judged blind by pairs of the same prompt and seed."""
