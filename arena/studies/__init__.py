"""Studies: who belongs to one, what each role may, how people are invited, what is known of them."""
