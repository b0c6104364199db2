"""Providers' wire protocols as pure functions, one module each. The network is dispatch's."""
