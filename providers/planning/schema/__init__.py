"""The parameters a model takes, compiled from all its endpoints; the same object is shown and checks requests. Pure."""
