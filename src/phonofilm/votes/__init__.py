"""What people say of clips: blind pairs and ratings as rows with where they came from, the scores they add up to, and
the pairs a reward model learns from."""
