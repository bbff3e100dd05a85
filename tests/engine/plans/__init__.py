"""Pairs of programs: what is deployed, and what is previewed then."""
