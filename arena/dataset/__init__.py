"""Everything a site knows as files: catalogue, competitions, entries with pictures, votes, boards, and a manifest."""
