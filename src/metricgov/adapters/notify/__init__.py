"""Channels over which people and programs are told: Apprise, and webhooks that are signed."""
