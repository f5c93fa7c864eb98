"""Words that the theatre knows, as tables: each with what it means, in eight languages. Knows no prompt and no play."""
