"""Provider analytics as people see them: charts from figures, two providers compared, what a page says in words."""
