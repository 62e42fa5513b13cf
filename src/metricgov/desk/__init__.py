"""What a door may ask of one registry: questions with plain values, answered here or by a server."""
