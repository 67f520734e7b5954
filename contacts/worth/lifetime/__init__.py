"""How often and for how much people will still buy: BG/NBD and Gamma-Gamma, with intervals. See docs/worth.md."""
