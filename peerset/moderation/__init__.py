"""The court of a room: what it does with the verdicts of its policies, and what its user decides."""
