"""PostgreSQL and Valkey out of wheels, and the supervisor of the whole stack on one machine.

Standard library only outside `prepare`: it must run before Django is set up.
"""
