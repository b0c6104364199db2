"""Performance figures: from rollup rows to tables, series and distributions. All but `reading` is pure."""
