"""The encoder: MiniLM tuned on the fictional policies, so that a question finds the clauses that answer it."""
