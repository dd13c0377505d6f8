"""A stage: simulated devices at their places, asked in one way and watched in one journal."""
