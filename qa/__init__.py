"""A question in, an answer with its sources out."""
