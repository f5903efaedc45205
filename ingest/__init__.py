"""The way of a document: file -> blocks -> sections and clauses -> facts -> catalogue."""
