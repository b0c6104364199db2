"""The playground: its form, its pictures as a draft."""
