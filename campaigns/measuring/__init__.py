"""What a campaign did to people, in numbers that say how sure they are."""
