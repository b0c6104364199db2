"""Who voted, and what that says of the votes: agreement, care, segments, and what of a picture is voted for."""
