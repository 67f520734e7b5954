"""Tests inside a campaign: its arms, who gets which, and who decides."""
