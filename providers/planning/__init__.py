"""How every paid picture is planned: for gateway, schedules, probes and playground alike. Sends nothing."""
