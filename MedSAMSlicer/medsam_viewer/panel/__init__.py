"""What the page is made of; what happens on a click stands elsewhere."""
