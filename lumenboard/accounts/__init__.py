"""Who an operator is: log-ins slowed down, a second factor."""
