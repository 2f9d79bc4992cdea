"""The grader: marks notebooks that it does not trust. THREATS.md says who holds what."""
