"""What a person decides: reviews, holds, appeals, consents, takedowns."""
