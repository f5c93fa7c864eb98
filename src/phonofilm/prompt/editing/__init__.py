"""What an editor does with a prompt: advice, words to offer, templates, another order, other engines' wording."""
