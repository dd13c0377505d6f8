"""How a person answers a question of the guard."""
