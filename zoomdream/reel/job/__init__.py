"""Jobs: films in the making, in folders that survive whatever happens to the machine."""
