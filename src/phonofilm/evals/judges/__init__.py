"""What is seen and heard in a clip, each judge by itself. They know neither engines nor suites."""
