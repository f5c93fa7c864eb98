"""What people keep: uploads, projects, share links, notes on frames."""
