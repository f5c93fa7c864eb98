"""The durable half: jobs, their workflow, money, review, and everything that must survive a kill."""
